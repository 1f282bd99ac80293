import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateLoginProfileCommand,
  CreateRoleCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteInstanceProfileCommand,
  DeleteLoginProfileCommand,
  DeleteRoleCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetLoginProfileCommand,
  ListInstanceProfilesForRoleCommand,
  ListMFADevicesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  RemoveRoleFromInstanceProfileCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { LAMBDA_TRUST, refusal } from './helpers.js';
import { type Session, startSession } from './session.js';

const UserName = 'invoke';

async function startWithUser(): Promise<Session> {
  const session = await startSession();
  await session.iam.send(new CreateUserCommand({ UserName }));
  return session;
}

/** Deletes the user before and after the last obstacle is removed. */
async function expectObstacle({ iam }: Session, message: RegExp, remove: () => Promise<unknown>) {
  await expect(iam.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject({
    name: 'DeleteConflictException',
    message: expect.stringMatching(message),
  });
  await remove();
  await iam.send(new DeleteUserCommand({ UserName }));
}

it('keeps a user with a password', async () => {
  const session = await startWithUser();
  const { iam } = session;
  expect(await refusal(iam.send(new DeleteLoginProfileCommand({ UserName })))).toBe('NoSuchEntityException');
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'correct horse' }));
  const again = iam.send(new CreateLoginProfileCommand({ UserName, Password: 'battery staple' }));
  expect(await refusal(again)).toBe('EntityAlreadyExistsException');
  const { LoginProfile } = await iam.send(new GetLoginProfileCommand({ UserName }));
  expect(LoginProfile?.UserName).toBe(UserName);
  await expectObstacle(session, /login profile/, () => iam.send(new DeleteLoginProfileCommand({ UserName })));
});

it('keeps a user with an MFA device, and the device until it is deactivated', async () => {
  const session = await startWithUser();
  const { iam } = session;
  const created = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
  const SerialNumber = created.VirtualMFADevice?.SerialNumber ?? '';
  expect(SerialNumber).toBe('arn:aws:iam::123456789012:mfa/phone');
  const enable = new EnableMFADeviceCommand({
    UserName,
    SerialNumber,
    AuthenticationCode1: '123456',
    AuthenticationCode2: '654321',
  });
  await iam.send(enable);
  expect(await refusal(iam.send(enable))).toBe('EntityAlreadyExistsException');
  const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName }));
  expect(MFADevices).toMatchObject([{ UserName, SerialNumber }]);
  const remove = new DeleteVirtualMFADeviceCommand({ SerialNumber });
  expect(await refusal(iam.send(remove))).toBe('DeleteConflictException');
  await expectObstacle(session, /MFA device/, () =>
    iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber })),
  );
  await iam.send(remove);
  expect(await refusal(iam.send(remove))).toBe('NoSuchEntityException');
});

it('keeps a user with SSH keys', async () => {
  const session = await startWithUser();
  const { iam } = session;
  const SSHPublicKeyBody = 'ssh-rsa AAAA';
  const { SSHPublicKey } = await iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }));
  const SSHPublicKeyId = SSHPublicKey?.SSHPublicKeyId;
  const { SSHPublicKeys } = await iam.send(new ListSSHPublicKeysCommand({ UserName }));
  expect(SSHPublicKeys).toMatchObject([{ UserName, SSHPublicKeyId, Status: 'Active' }]);
  await expectObstacle(session, /SSH public keys/, () =>
    iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })),
  );
});

it('keeps a user with signing certificates', async () => {
  const session = await startWithUser();
  const { iam } = session;
  const CertificateBody = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  const upload = new UploadSigningCertificateCommand({ UserName, CertificateBody });
  const { Certificate } = await iam.send(upload);
  const CertificateId = Certificate?.CertificateId;
  const { Certificates } = await iam.send(new ListSigningCertificatesCommand({ UserName }));
  expect(Certificates).toMatchObject([{ UserName, CertificateId }]);
  await expectObstacle(session, /signing certificates/, () =>
    iam.send(new DeleteSigningCertificateCommand({ UserName, CertificateId })),
  );
});

it('keeps a user with service-specific credentials', async () => {
  const session = await startWithUser();
  const { iam } = session;
  const ServiceName = 'codecommit.amazonaws.com';
  const created = await iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
  const { ServiceSpecificCredentialId } = created.ServiceSpecificCredential ?? {};
  const listed = await iam.send(new ListServiceSpecificCredentialsCommand({ UserName }));
  expect(listed.ServiceSpecificCredentials).toMatchObject([{ ServiceName, ServiceSpecificCredentialId }]);
  await expectObstacle(session, /service specific credentials/, () =>
    iam.send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId })),
  );
});

it('keeps a role that is in an instance profile', async () => {
  const { iam } = await startSession();
  const [RoleName, InstanceProfileName] = ['execute', 'profile'];
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: LAMBDA_TRUST }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
  const add = new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName });
  await iam.send(add);
  expect(await refusal(iam.send(add))).toBe('LimitExceededException');
  const { InstanceProfiles } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
  expect(InstanceProfiles).toMatchObject([{ InstanceProfileName, Roles: [{ RoleName }] }]);
  const remove = new DeleteInstanceProfileCommand({ InstanceProfileName });
  for (const refused of [remove, new DeleteRoleCommand({ RoleName })])
    expect(await refusal(iam.send(refused as DeleteRoleCommand))).toBe('DeleteConflictException');
  await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  await iam.send(new DeleteRoleCommand({ RoleName }));
  await iam.send(remove);
});
