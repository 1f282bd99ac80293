import {
  CreateLoginProfileCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteLoginProfileCommand,
  DeleteSSHPublicKeyCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetLoginProfileCommand,
  ListMFADevicesCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { freshName } from './target.js';

/** What people add to a user besides access keys. */
export function credentialsContract(clients: () => Clients): void {
  const newUser = async (): Promise<string> => {
    const UserName = freshName('user');
    await clients().iam.send(new CreateUserCommand({ UserName }));
    return UserName;
  };

  it('gives a user a password and takes it away', async () => {
    const { iam } = clients();
    const UserName = await newUser();
    expect(await refusal(iam.send(new GetLoginProfileCommand({ UserName })))).toBe('NoSuchEntityException');
    await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'correct horse battery staple' }));
    expect((await iam.send(new GetLoginProfileCommand({ UserName }))).LoginProfile?.UserName).toBe(UserName);
    await iam.send(new DeleteLoginProfileCommand({ UserName }));
    expect(await refusal(iam.send(new DeleteLoginProfileCommand({ UserName })))).toBe(
      'NoSuchEntityException',
    );
  });

  it('deactivates an MFA device before it deletes it', async () => {
    const { iam } = clients();
    const UserName = await newUser();
    const VirtualMFADeviceName = freshName('phone');
    const created = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName }));
    const { SerialNumber } = created.VirtualMFADevice ?? {};
    const [AuthenticationCode1, AuthenticationCode2] = ['123456', '654321'];
    await iam.send(
      new EnableMFADeviceCommand({ UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }),
    );
    const list = new ListMFADevicesCommand({ UserName });
    expect((await iam.send(list)).MFADevices?.map((device) => device.SerialNumber)).toEqual([SerialNumber]);
    await iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
    expect((await iam.send(list)).MFADevices).toEqual([]);
    await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    expect(await refusal(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber })))).toBe(
      'NoSuchEntityException',
    );
  });

  it('lists and deletes SSH keys', async () => {
    const { iam } = clients();
    const UserName = await newUser();
    const SSHPublicKeyBody = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7';
    const { SSHPublicKey } = await iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }));
    const SSHPublicKeyId = SSHPublicKey?.SSHPublicKeyId;
    const list = new ListSSHPublicKeysCommand({ UserName });
    expect((await iam.send(list)).SSHPublicKeys?.map((key) => key.SSHPublicKeyId)).toEqual([SSHPublicKeyId]);
    await iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }));
    expect((await iam.send(list)).SSHPublicKeys).toEqual([]);
  });

  it('lists no signing certificates where there are none', async () => {
    const list = new ListSigningCertificatesCommand({ UserName: await newUser() });
    expect((await clients().iam.send(list)).Certificates).toEqual([]);
  });
}
