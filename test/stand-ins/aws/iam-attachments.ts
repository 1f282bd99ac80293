import { checkDocument, checkInlineSize } from './iam-documents.js';
import type { PolicyOwner } from './iam-model.js';
import { POLICIES_PER_OWNER } from './iam-quotas.js';
import { type IamOperation, type IamRequest, limitExceeded, listing, missing } from './iam-request.js';

type OwnerKind = 'User' | 'Group' | 'Role';

const OWNERS: Record<OwnerKind, (request: IamRequest) => PolicyOwner> = {
  User: (request) => request.user(),
  Group: (request) => request.group(),
  Role: (request) => request.role(),
};

/** Managed and inline policies of users, groups and roles: the same seven operations for each. */
export const attachmentOperations: Record<string, IamOperation> = {
  ...operationsFor('User'),
  ...operationsFor('Group'),
  ...operationsFor('Role'),
};

function operationsFor(kind: OwnerKind): Record<string, IamOperation> {
  const owner = OWNERS[kind];
  const resource = (request: IamRequest): string =>
    request.account.iamArn(`${kind.toLowerCase()}/${request.optional(`${kind}Name`) ?? ''}`);
  const inline = (request: IamRequest): { document: string; name: string; of: PolicyOwner } => {
    const of = owner(request);
    const name = request.required('PolicyName');
    const document =
      of.inline.get(name) ?? missing(`The ${kind.toLowerCase()} policy with name ${name} cannot be found.`);
    return { document, name, of };
  };

  const acts: Record<string, IamOperation['act']> = {
    [`Attach${kind}Policy`]: (request) => {
      const { attached } = owner(request);
      const arn = request.policy().arn;
      if (!attached.has(arn) && attached.size >= POLICIES_PER_OWNER) {
        throw limitExceeded(`Cannot exceed quota for PoliciesPer${kind}: ${POLICIES_PER_OWNER}`);
      }
      attached.add(arn);
      return undefined;
    },

    [`Detach${kind}Policy`]: (request) => {
      const arn = request.required('PolicyArn');
      if (!owner(request).attached.delete(arn)) missing(`Policy ${arn} was not found.`);
      return undefined;
    },

    [`ListAttached${kind}Policies`]: (request) => {
      const policies = [...owner(request).attached].flatMap((arn) => request.account.policies.get(arn) ?? []);
      const page = request.page(policies, (policy) => policy.arn);
      return listing(page, 'AttachedPolicies', (policy) => ({
        PolicyName: policy.name,
        PolicyArn: policy.arn,
      }));
    },

    [`Put${kind}Policy`]: (request) => {
      const of = owner(request);
      const name = request.newName('PolicyName', 128);
      const document = request.required('PolicyDocument');
      checkDocument(document, 'identity', request.account.partition);
      const documents = new Map(of.inline).set(name, document);
      checkInlineSize([...documents.values()], kind, of.name);
      of.inline = documents;
      return undefined;
    },

    [`Get${kind}Policy`]: (request) => {
      const { document, name, of } = inline(request);
      return {
        [`${kind}Name`]: of.name,
        PolicyName: name,
        PolicyDocument: encodeURIComponent(document),
      };
    },

    [`List${kind}Policies`]: (request) =>
      listing(
        request.page(owner(request).inline.keys(), (name) => name),
        'PolicyNames',
        (name) => name,
      ),

    [`Delete${kind}Policy`]: (request) => {
      const { name, of } = inline(request);
      of.inline.delete(name);
      return undefined;
    },
  };
  return Object.fromEntries(Object.entries(acts).map(([name, act]) => [name, { resource, act }]));
}
