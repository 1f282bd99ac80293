import { iamTime } from './clock.js';
import { AwsError } from './errors.js';
import type { MfaDevice, User, UserCredential } from './iam-model.js';
import {
  conflict,
  exists,
  type IamFields,
  type IamOperation,
  type IamRequest,
  limitExceeded,
  listing,
  missing,
} from './iam-request.js';
import { newId, newSecret } from './ids.js';

/** What people add to a user, besides access keys and policies. */

function userArn(request: IamRequest): string {
  const name = request.optional('UserName') ?? '';
  return request.account.users.get(name)?.arn ?? request.account.iamArn(`user/${name}`);
}

/** @throws AwsError DeleteConflict for a user who has any of it */
export function checkWithoutCredentials(request: IamRequest, user: User): void {
  const inUse: readonly (readonly [boolean, string])[] = [
    [user.loginProfile !== undefined, 'login profile'],
    [devicesOf(request, user.name).length > 0, 'MFA device'],
    [user.sshKeys.size > 0, 'SSH public keys'],
    [user.certificates.size > 0, 'signing certificates'],
    [user.serviceCredentials.size > 0, 'service specific credentials'],
  ];
  const [, what] = inUse.find(([isThere]) => isThere) ?? [];
  if (what !== undefined) throw conflict(`Cannot delete entity, must delete ${what} first.`);
}

export const credentialOperations: Record<string, IamOperation> = {
  ...passwordOperations(),
  ...mfaOperations(),
  ...sshKeyOperations(),
  ...certificateOperations(),
  ...serviceCredentialOperations(),
};

function passwordOperations(): Record<string, IamOperation> {
  const fields = ({ name, loginProfile }: User): IamFields => ({
    LoginProfile: {
      UserName: name,
      CreateDate: loginProfile && iamTime(loginProfile.createDate),
      PasswordResetRequired: false,
    },
  });
  const withPassword = (request: IamRequest): User => {
    const user = request.user();
    return user.loginProfile === undefined
      ? missing(`Login Profile for User ${user.name} cannot be found.`)
      : user;
  };
  return {
    CreateLoginProfile: {
      resource: userArn,
      act(request) {
        const user = request.user();
        request.required('Password');
        if (user.loginProfile !== undefined)
          throw exists(`Login Profile for user ${user.name} already exists.`);
        user.loginProfile = { createDate: request.account.now() };
        return fields(user);
      },
    },
    GetLoginProfile: { resource: userArn, act: (request) => fields(withPassword(request)) },
    DeleteLoginProfile: {
      resource: userArn,
      act(request) {
        withPassword(request).loginProfile = undefined;
        return undefined;
      },
    },
  };
}

function devicesOf({ account }: IamRequest, userName: string): MfaDevice[] {
  return [...account.mfaDevices.values()].filter((device) => device.userName === userName);
}

function mfaOperations(): Record<string, IamOperation> {
  const deviceArn = (request: IamRequest): string =>
    request.optional('SerialNumber') ??
    request.account.iamArn(`mfa/${request.optional('VirtualMFADeviceName') ?? ''}`);
  return {
    CreateVirtualMFADevice: {
      resource: deviceArn,
      act(request) {
        const { account } = request;
        const name = request.newName('VirtualMFADeviceName', 226);
        const serialNumber = account.iamArn(`mfa${request.path()}${name}`);
        if (account.mfaDevices.has(serialNumber))
          throw exists('MFADevice entity at the same path and name already exists.');
        account.mfaDevices.set(serialNumber, { serialNumber, userName: undefined, enableDate: undefined });
        return {
          VirtualMFADevice: {
            SerialNumber: serialNumber,
            Base32StringSeed: Buffer.from(newId('', 64)).toString('base64'),
          },
        };
      },
    },
    EnableMFADevice: {
      resource: userArn,
      act(request) {
        const user = request.user();
        const device = request.mfaDevice();
        for (const code of ['AuthenticationCode1', 'AuthenticationCode2'])
          if (!/^\d{6}$/.test(request.required(code)))
            throw new AwsError(
              403,
              'InvalidAuthenticationCode',
              `Authentication code for device is not valid.`,
            );
        if (device.userName !== undefined) throw exists('MFA Device is already in use.');
        device.userName = user.name;
        device.enableDate = request.account.now();
        return undefined;
      },
    },
    ListMFADevices: {
      resource: userArn,
      act(request) {
        const page = request.page(devicesOf(request, request.user().name), (device) => device.serialNumber);
        return listing(page, 'MFADevices', ({ userName, serialNumber, enableDate }) => ({
          UserName: userName,
          SerialNumber: serialNumber,
          EnableDate: enableDate && iamTime(enableDate),
        }));
      },
    },
    DeactivateMFADevice: {
      resource: userArn,
      act(request) {
        const user = request.user();
        const device = request.mfaDevice();
        if (device.userName !== user.name) missing('Device is not attached to the user.');
        device.userName = undefined;
        device.enableDate = undefined;
        return undefined;
      },
    },
    DeleteVirtualMFADevice: {
      resource: deviceArn,
      act(request) {
        const device = request.mfaDevice();
        if (device.userName !== undefined) throw conflict('MFA VirtualDevice in use. Must deactivate first.');
        request.account.mfaDevices.delete(device.serialNumber);
        return undefined;
      },
    },
  };
}

/** One kind of credential that a user has several of. */
interface Kind {
  readonly of: (user: User) => Map<string, UserCredential>;
  readonly idField: string;
  /** What IAM calls it when it does not exist. */
  readonly name: string;
  readonly resource: (request: IamRequest) => string;
}

function find(kind: Kind, request: IamRequest): [Map<string, UserCredential>, string] {
  const credentials = kind.of(request.user());
  const id = request.required(kind.idField);
  if (!credentials.has(id)) missing(`The ${kind.name} with id ${id} cannot be found.`);
  return [credentials, id];
}

function listOf(
  kind: Kind,
  list: string,
  request: IamRequest,
  show: (credential: UserCredential, id: string) => IamFields,
): IamFields {
  const user = request.user();
  const page = request.page(kind.of(user), ([id]) => id);
  return listing(page, list, ([id, credential]) => ({
    UserName: user.name,
    [kind.idField]: id,
    Status: 'Active',
    ...show(credential, id),
  }));
}

function deletion(kind: Kind): IamOperation {
  return {
    resource: kind.resource,
    act(request) {
      const [credentials, id] = find(kind, request);
      credentials.delete(id);
      return undefined;
    },
  };
}

function sshKeyOperations(): Record<string, IamOperation> {
  const kind: Kind = {
    of: (user) => user.sshKeys,
    idField: 'SSHPublicKeyId',
    name: 'SSH Public Key',
    resource: userArn,
  };
  return {
    UploadSSHPublicKey: {
      resource: userArn,
      act(request) {
        const user = request.user();
        const body = request.required('SSHPublicKeyBody');
        const id = newId('APKA');
        const createDate = request.account.now();
        user.sshKeys.set(id, { createDate, service: undefined });
        return {
          SSHPublicKey: {
            UserName: user.name,
            SSHPublicKeyId: id,
            Fingerprint: '',
            SSHPublicKeyBody: body,
            Status: 'Active',
            UploadDate: iamTime(createDate),
          },
        };
      },
    },
    ListSSHPublicKeys: {
      resource: userArn,
      act: (request) =>
        listOf(kind, 'SSHPublicKeys', request, ({ createDate }) => ({ UploadDate: iamTime(createDate) })),
    },
    DeleteSSHPublicKey: deletion(kind),
  };
}

function certificateOperations(): Record<string, IamOperation> {
  const kind: Kind = {
    of: (user) => user.certificates,
    idField: 'CertificateId',
    name: 'Certificate',
    resource: userArn,
  };
  return {
    UploadSigningCertificate: {
      resource: userArn,
      act(request) {
        const user = request.user();
        const body = request.required('CertificateBody');
        if (!body.startsWith('-----BEGIN CERTIFICATE-----'))
          throw new AwsError(400, 'MalformedCertificate', 'Unable to parse certificate.');
        if (user.certificates.size >= 2)
          throw limitExceeded('Cannot exceed quota for CertificatesPerUser: 2');
        const id = newId('', 32);
        const createDate = request.account.now();
        user.certificates.set(id, { createDate, service: undefined });
        return {
          Certificate: {
            UserName: user.name,
            CertificateId: id,
            CertificateBody: body,
            Status: 'Active',
            UploadDate: iamTime(createDate),
          },
        };
      },
    },
    ListSigningCertificates: {
      resource: userArn,
      act: (request) =>
        listOf(kind, 'Certificates', request, ({ createDate }) => ({
          CertificateBody: '-----BEGIN CERTIFICATE-----',
          UploadDate: iamTime(createDate),
        })),
    },
    DeleteSigningCertificate: deletion(kind),
  };
}

function serviceCredentialOperations(): Record<string, IamOperation> {
  const kind: Kind = {
    of: (user) => user.serviceCredentials,
    idField: 'ServiceSpecificCredentialId',
    name: 'Service Specific Credential',
    resource: userArn,
  };
  const fields = ({ createDate, service }: UserCredential): IamFields => ({
    ServiceName: service,
    CreateDate: iamTime(createDate),
  });
  return {
    CreateServiceSpecificCredential: {
      resource: userArn,
      act(request) {
        const user = request.user();
        const service = request.required('ServiceName');
        if (!['codecommit.amazonaws.com', 'cassandra.amazonaws.com'].includes(service))
          throw new AwsError(404, 'NotSupportedService', `Service ${service} is not supported.`);
        const id = newId('ACCA');
        const credential = { createDate: request.account.now(), service };
        user.serviceCredentials.set(id, credential);
        return {
          ServiceSpecificCredential: {
            UserName: user.name,
            ServiceSpecificCredentialId: id,
            ServiceUserName: `${user.name}-at-${request.account.accountId}`,
            ServicePassword: newSecret(),
            Status: 'Active',
            ...fields(credential),
          },
        };
      },
    },
    ListServiceSpecificCredentials: {
      resource: userArn,
      act: (request) => listOf(kind, 'ServiceSpecificCredentials', request, fields),
    },
    DeleteServiceSpecificCredential: deletion(kind),
  };
}
