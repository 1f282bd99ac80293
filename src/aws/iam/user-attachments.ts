import {
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserPolicyCommand,
  DeleteVirtualMFADeviceCommand,
  DetachUserPolicyCommand,
  GetLoginProfileCommand,
  ListServiceSpecificCredentialsCommand,
  paginateListAccessKeys,
  paginateListAttachedUserPolicies,
  paginateListGroupsForUser,
  paginateListMFADevices,
  paginateListSigningCertificates,
  paginateListSSHPublicKeys,
  paginateListUserPolicies,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import { isAwsError, isNoSuchEntity } from '../client/aws-error.js';
import { collect } from '../client/collect.js';
import { type AttachmentSort, attachments } from './entity-attachments.js';

/**
 * What must be removed before a user can be deleted. Source:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
 */
export const USER_ATTACHMENTS: readonly AttachmentSort[] = [
  {
    kinds: ['access key'],
    action: 'iam:ListAccessKeys',
    list: async (client, UserName) =>
      attachments(
        'access key',
        await collect(paginateListAccessKeys({ client }, { UserName }), ({ AccessKeyMetadata }) =>
          AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId),
        ),
      ),
    remove: (client, UserName, { name: AccessKeyId }) =>
      client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })),
  },
  {
    kinds: ['password'],
    action: 'iam:GetLoginProfile',
    async list(client, UserName) {
      try {
        await client.send(new GetLoginProfileCommand({ UserName }));
        return attachments('password', ['']);
      } catch (error) {
        if (isNoSuchEntity(error)) return [];
        throw error;
      }
    },
    remove: (client, UserName) => client.send(new DeleteLoginProfileCommand({ UserName })),
  },
  {
    kinds: ['signing certificate'],
    action: 'iam:ListSigningCertificates',
    list: async (client, UserName) =>
      attachments(
        'signing certificate',
        await collect(paginateListSigningCertificates({ client }, { UserName }), ({ Certificates }) =>
          Certificates?.map(({ CertificateId }) => CertificateId),
        ),
      ),
    remove: (client, UserName, { name: CertificateId }) =>
      client.send(new DeleteSigningCertificateCommand({ UserName, CertificateId })),
  },
  {
    kinds: ['SSH key'],
    action: 'iam:ListSSHPublicKeys',
    list: async (client, UserName) =>
      attachments(
        'SSH key',
        await collect(paginateListSSHPublicKeys({ client }, { UserName }), ({ SSHPublicKeys }) =>
          SSHPublicKeys?.map(({ SSHPublicKeyId }) => SSHPublicKeyId),
        ),
      ),
    remove: (client, UserName, { name: SSHPublicKeyId }) =>
      client.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })),
  },
  {
    kinds: ['service-specific credential'],
    action: 'iam:ListServiceSpecificCredentials',
    async list(client, UserName) {
      try {
        // Not paginated: a user can have two for each service.
        const { ServiceSpecificCredentials = [] } = await client.send(
          new ListServiceSpecificCredentialsCommand({ UserName }),
        );
        return attachments(
          'service-specific credential',
          ServiceSpecificCredentials.flatMap(
            ({ ServiceSpecificCredentialId }) => ServiceSpecificCredentialId ?? [],
          ),
        );
      } catch (error) {
        // Other partitions do not have them.
        if (isAwsError(error, 'NotSupportedService', 'ServiceNotSupported')) return [];
        throw error;
      }
    },
    remove: (client, UserName, { name: ServiceSpecificCredentialId }) =>
      client.send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId })),
  },
  {
    kinds: ['MFA device'],
    action: 'iam:ListMFADevices',
    list: async (client, UserName) =>
      attachments(
        'MFA device',
        await collect(paginateListMFADevices({ client }, { UserName }), ({ MFADevices }) =>
          MFADevices?.map(({ SerialNumber }) => SerialNumber),
        ),
      ),
    async remove(client, UserName, { name: SerialNumber }) {
      try {
        await client.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
      } catch (error) {
        // Deactivated by an attempt whose response was lost.
        if (!isNoSuchEntity(error)) throw error;
      }
      // Virtual devices stay in the account. Others have a serial number of their maker, or are of the kind u2f.
      if (/:mfa\//.test(SerialNumber)) await client.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    },
  },
  {
    kinds: ['membership of group'],
    action: 'iam:ListGroupsForUser',
    list: async (client, UserName) =>
      attachments(
        'membership of group',
        await collect(paginateListGroupsForUser({ client }, { UserName }), ({ Groups }) =>
          Groups?.map(({ GroupName }) => GroupName),
        ),
      ),
    remove: (client, UserName, { name: GroupName }) =>
      client.send(new RemoveUserFromGroupCommand({ GroupName, UserName })),
  },
  {
    kinds: ['policy'],
    action: 'iam:ListAttachedUserPolicies',
    list: async (client, UserName) =>
      attachments(
        'policy',
        await collect(paginateListAttachedUserPolicies({ client }, { UserName }), ({ AttachedPolicies }) =>
          AttachedPolicies?.map(({ PolicyArn }) => PolicyArn),
        ),
      ),
    remove: (client, UserName, { name: PolicyArn }) =>
      client.send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
  },
  {
    kinds: ['inline policy'],
    action: 'iam:ListUserPolicies',
    list: async (client, UserName) =>
      attachments(
        'inline policy',
        await collect(paginateListUserPolicies({ client }, { UserName }), (page) => page.PolicyNames),
      ),
    remove: (client, UserName, { name: PolicyName }) =>
      client.send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
  },
];
