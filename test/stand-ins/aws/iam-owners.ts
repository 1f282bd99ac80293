import { iamTime } from './clock.js';
import type { PolicyOwner } from './iam-model.js';
import { conflict, exists, type IamFields, type IamRequest, isTaken } from './iam-request.js';
import { newId } from './ids.js';

type Kind = 'User' | 'Group' | 'Role';

const ID_PREFIXES: Readonly<Record<Kind, string>> = { User: 'AIDA', Group: 'AGPA', Role: 'AROA' };

/** A new one without policies, if the name is unused. */
export function newOwner(
  request: IamRequest,
  kind: Kind,
  others: ReadonlyMap<string, PolicyOwner>,
  { name, path }: Pick<PolicyOwner, 'name' | 'path'>,
): PolicyOwner {
  if (isTaken(others.keys(), name)) throw exists(`${kind} with name ${name} already exists.`);
  return {
    name,
    path,
    id: newId(ID_PREFIXES[kind]),
    arn: request.account.iamArn(`${kind.toLowerCase()}${path}${name}`),
    createDate: request.account.now(),
    inline: new Map(),
    attached: new Set(),
  };
}

export function ownerFields(kind: Kind, owner: PolicyOwner): IamFields {
  return {
    Path: owner.path,
    [`${kind}Name`]: owner.name,
    [`${kind}Id`]: owner.id,
    Arn: owner.arn,
    CreateDate: iamTime(owner.createDate),
  };
}

/** Only who has no policies can be deleted. */
export function checkRemovable(owner: PolicyOwner): void {
  if (owner.attached.size > 0) throw conflict('Cannot delete entity, must detach all policies first.');
  if (owner.inline.size > 0) throw conflict('Cannot delete entity, must delete policies first.');
}
