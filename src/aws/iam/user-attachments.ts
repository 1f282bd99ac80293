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
  type IAMClient,
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
import { type AttachmentSort, sortOf } from './entity-attachments.js';

/**
 * What must be removed before a user can be deleted. Source:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
 */
export const USER_ATTACHMENTS: readonly AttachmentSort[] = [
  sortOf(
    'access key',
    'iam:ListAccessKeys',
    (client, UserName) =>
      collect(paginateListAccessKeys({ client }, { UserName }), ({ AccessKeyMetadata }) =>
        AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId),
      ),
    (client, UserName, AccessKeyId) => client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })),
  ),
  sortOf('password', 'iam:GetLoginProfile', findPassword, (client, UserName) =>
    client.send(new DeleteLoginProfileCommand({ UserName })),
  ),
  sortOf(
    'signing certificate',
    'iam:ListSigningCertificates',
    (client, UserName) =>
      collect(paginateListSigningCertificates({ client }, { UserName }), ({ Certificates }) =>
        Certificates?.map(({ CertificateId }) => CertificateId),
      ),
    (client, UserName, CertificateId) =>
      client.send(new DeleteSigningCertificateCommand({ UserName, CertificateId })),
  ),
  sortOf(
    'SSH key',
    'iam:ListSSHPublicKeys',
    (client, UserName) =>
      collect(paginateListSSHPublicKeys({ client }, { UserName }), ({ SSHPublicKeys }) =>
        SSHPublicKeys?.map(({ SSHPublicKeyId }) => SSHPublicKeyId),
      ),
    (client, UserName, SSHPublicKeyId) =>
      client.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })),
  ),
  sortOf(
    'service-specific credential',
    'iam:ListServiceSpecificCredentials',
    listServiceCredentials,
    (client, UserName, ServiceSpecificCredentialId) =>
      client.send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId })),
  ),
  sortOf(
    'MFA device',
    'iam:ListMFADevices',
    (client, UserName) =>
      collect(paginateListMFADevices({ client }, { UserName }), ({ MFADevices }) =>
        MFADevices?.map(({ SerialNumber }) => SerialNumber),
      ),
    removeMfaDevice,
  ),
  sortOf(
    'membership of group',
    'iam:ListGroupsForUser',
    (client, UserName) =>
      collect(paginateListGroupsForUser({ client }, { UserName }), ({ Groups }) =>
        Groups?.map(({ GroupName }) => GroupName),
      ),
    (client, UserName, GroupName) => client.send(new RemoveUserFromGroupCommand({ GroupName, UserName })),
  ),
  sortOf(
    'policy',
    'iam:ListAttachedUserPolicies',
    (client, UserName) =>
      collect(paginateListAttachedUserPolicies({ client }, { UserName }), ({ AttachedPolicies }) =>
        AttachedPolicies?.map(({ PolicyArn }) => PolicyArn),
      ),
    (client, UserName, PolicyArn) => client.send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
  ),
  sortOf(
    'inline policy',
    'iam:ListUserPolicies',
    (client, UserName) =>
      collect(paginateListUserPolicies({ client }, { UserName }), ({ PolicyNames }) => PolicyNames),
    (client, UserName, PolicyName) => client.send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
  ),
];

/** A password has no name. */
async function findPassword(client: IAMClient, UserName: string): Promise<string[]> {
  try {
    await client.send(new GetLoginProfileCommand({ UserName }));
    return [''];
  } catch (error) {
    if (isNoSuchEntity(error)) return [];
    throw error;
  }
}

async function listServiceCredentials(client: IAMClient, UserName: string): Promise<string[]> {
  try {
    // Not paginated: a user can have two for each service.
    const { ServiceSpecificCredentials = [] } = await client.send(
      new ListServiceSpecificCredentialsCommand({ UserName }),
    );
    return ServiceSpecificCredentials.flatMap(
      ({ ServiceSpecificCredentialId }) => ServiceSpecificCredentialId ?? [],
    );
  } catch (error) {
    // Other partitions do not have them.
    if (isAwsError(error, 'NotSupportedService', 'ServiceNotSupported')) return [];
    throw error;
  }
}

async function removeMfaDevice(client: IAMClient, UserName: string, SerialNumber: string): Promise<void> {
  try {
    await client.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
  } catch (error) {
    // Deactivated by an attempt whose response was lost.
    if (!isNoSuchEntity(error)) throw error;
  }
  // Virtual devices stay in the account. Others have a serial number of their maker, or are of the kind u2f.
  if (/:mfa\//.test(SerialNumber)) await client.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
}
