import { iamTime } from './clock.js';
import type { InstanceProfile } from './iam-model.js';
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
import { newId } from './ids.js';

function profileArn(request: IamRequest): string {
  const name = request.optional('InstanceProfileName') ?? '';
  return request.account.iamArn(`instance-profile/${name}`);
}

function profileFields({ account }: IamRequest, profile: InstanceProfile): IamFields {
  return {
    Path: '/',
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: account.iamArn(`instance-profile/${profile.name}`),
    CreateDate: iamTime(profile.createDate),
    Roles: profile.roleName === undefined ? [] : [{ RoleName: profile.roleName }],
  };
}

/** The instance profiles with this role, which cannot be deleted meanwhile. */
export function profilesOf({ account }: IamRequest, roleName: string): InstanceProfile[] {
  return [...account.instanceProfiles.values()].filter((profile) => profile.roleName === roleName);
}

export const instanceProfileOperations: Record<string, IamOperation> = {
  CreateInstanceProfile: {
    resource: profileArn,
    act(request) {
      const name = request.newName('InstanceProfileName', 128);
      const { instanceProfiles } = request.account;
      if (instanceProfiles.has(name)) throw exists(`Instance Profile ${name} already exists.`);
      const profile = { name, id: newId('AIPA'), createDate: request.account.now(), roleName: undefined };
      instanceProfiles.set(name, profile);
      return { InstanceProfile: profileFields(request, profile) };
    },
  },

  AddRoleToInstanceProfile: {
    resource: profileArn,
    act(request) {
      const profile = request.instanceProfile();
      const role = request.role();
      if (profile.roleName !== undefined)
        throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1');
      profile.roleName = role.name;
      return undefined;
    },
  },

  ListInstanceProfilesForRole: {
    resource: (request) => request.account.iamArn(`role/${request.optional('RoleName') ?? ''}`),
    act(request) {
      const page = request.page(profilesOf(request, request.role().name), ({ name }) => name);
      return listing(page, 'InstanceProfiles', (profile) => profileFields(request, profile));
    },
  },

  RemoveRoleFromInstanceProfile: {
    resource: profileArn,
    act(request) {
      const profile = request.instanceProfile();
      const role = request.role();
      if (profile.roleName !== role.name)
        missing(`Role with name ${role.name} is not part of the instance profile ${profile.name}.`);
      profile.roleName = undefined;
      return undefined;
    },
  },

  DeleteInstanceProfile: {
    resource: profileArn,
    act(request) {
      const profile = request.instanceProfile();
      if (profile.roleName !== undefined)
        throw conflict('Cannot delete entity, must remove roles from instance profile first.');
      request.account.instanceProfiles.delete(profile.name);
      return undefined;
    },
  },
};
