import { iamTime } from './clock.js';
import { AwsError } from './errors.js';
import type { Policy, PolicyVersion } from './iam-model.js';
import { documentOf, ownPolicy, policyArn } from './iam-policies.js';
import { VERSIONS_PER_POLICY } from './iam-quotas.js';
import {
  conflict,
  type IamFields,
  type IamOperation,
  limitExceeded,
  listing,
  missing,
} from './iam-request.js';

function versionFields(policy: Policy, version: PolicyVersion): IamFields {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersion,
    CreateDate: iamTime(version.createDate),
  };
}

function versionOf(policy: Policy, id: string): PolicyVersion {
  if (!/^v[1-9]\d*$/.test(id)) {
    throw new AwsError(
      400,
      'ValidationError',
      `Value '${id}' at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?`,
    );
  }
  return (
    policy.versions.find((version) => version.id === id) ??
    missing(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`)
  );
}

export const policyVersionOperations: Record<string, IamOperation> = {
  ListPolicyVersions: {
    resource: policyArn,
    act(request) {
      const policy = request.policy();
      // Newest first, as IAM lists them: the key counts down.
      const page = request.page(policy.versions, (version) =>
        String(1e9 - Number(version.id.slice(1))).padStart(10, '0'),
      );
      return listing(page, 'Versions', (version) => versionFields(policy, version));
    },
  },

  GetPolicyVersion: {
    resource: policyArn,
    act(request) {
      const policy = request.policy();
      const version = versionOf(policy, request.required('VersionId'));
      return {
        PolicyVersion: { Document: encodeURIComponent(version.document), ...versionFields(policy, version) },
      };
    },
  },

  CreatePolicyVersion: {
    resource: policyArn,
    act(request) {
      const policy = ownPolicy(request);
      const document = documentOf(request);
      if (policy.versions.length >= VERSIONS_PER_POLICY) {
        throw limitExceeded(
          `A managed policy can have up to ${VERSIONS_PER_POLICY} versions. Before you create a new version, you must delete an existing version.`,
        );
      }
      const version = { id: `v${policy.nextVersion++}`, document, createDate: request.account.now() };
      policy.versions.push(version);
      if (request.optional('SetAsDefault') === 'true') policy.defaultVersion = version.id;
      policy.updateDate = version.createDate;
      return { PolicyVersion: versionFields(policy, version) };
    },
  },

  DeletePolicyVersion: {
    resource: policyArn,
    act(request) {
      const policy = ownPolicy(request);
      const version = versionOf(policy, request.required('VersionId'));
      if (version.id === policy.defaultVersion) {
        throw conflict('Cannot delete the default version of a policy.');
      }
      policy.versions = policy.versions.filter((other) => other !== version);
      policy.updateDate = request.account.now();
      return undefined;
    },
  },

  SetDefaultPolicyVersion: {
    resource: policyArn,
    act(request) {
      const policy = ownPolicy(request);
      policy.defaultVersion = versionOf(policy, request.required('VersionId')).id;
      policy.updateDate = request.account.now();
      return undefined;
    },
  },
};
