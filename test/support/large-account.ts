import { createHash } from 'node:crypto';
import { AttachGroupPolicyCommand, CreatePolicyCommand } from '@aws-sdk/client-iam';
import { assetKey, lambdaFunctionName, manifestKey } from '../../src/core/aws/resource-names.js';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import { additionalPolicyNames } from '../../src/core/policy/invoke-policies.js';
import {
  MAX_POLICY_CHARACTERS,
  type PolicyDocument,
  policySize,
} from '../../src/core/policy/policy-document.js';
import { grantedResources, INVOKE_GRANT, withGrantedResources } from '../../src/core/policy/policy-grants.js';
import type { LocalAws } from '../stand-ins/aws/index.js';
import type { StoredFunction } from '../stand-ins/aws/lambda-model.js';
import type { LocalMattermost } from '../stand-ins/mattermost/index.js';
import { adminClients } from './aws-clients.js';
import { manifest } from './bundle.js';

/** The size of an account. Each function belongs to another app, so that wildcards save no space in the policies. */
export interface AccountSize {
  readonly functions: number;
  readonly manifests: number;
  /** Invoke policies that are full of functions that exist: the first one and additional ones. */
  readonly fullPolicies: number;
}

/**
 * Fills an account after `init` with the functions and manifests of other apps.
 *
 * @param deployed the Lambda name of an existing function, of which the others are copies
 */
export async function fillAccount(
  aws: LocalAws,
  bucketName: string,
  deployed: string,
  size: AccountSize,
): Promise<void> {
  const { live, ...settings } = aws.function(deployed);
  const functions = aws.stored.functions as Map<string, StoredFunction>;
  const scope = live.arn.slice(0, -deployed.length);
  const arns: string[] = [];
  for (let index = 0; index < size.functions; index++) {
    const name = lambdaFunctionName(appId(index), '1.0.0', 'function');
    const arn = scope + name;
    functions.set(name, { ...settings, live: { ...live, name, arn } });
    arns.push(arn);
  }
  const bucket = aws.bucket(bucketName);
  const [object] = bucket.objects.values();
  if (object === undefined) throw new Error('nothing is deployed yet');
  for (let index = 0; index < size.manifests; index++) {
    const key = manifestKey(appId(index), '1.0.0');
    bucket.objects.set(key, { ...object, key });
  }
  if (size.fullPolicies > 0) await fillPolicies(aws, arns, size.fullPolicies);
}

/**
 * Adds apps to an account in which one is deployed: each with a manifest, an icon, and two or three functions, which one
 * entry of the invoke policy allows; the server lists them.
 *
 * @param deployed the Lambda name of an existing function, of which the others are copies
 * @returns the number of functions
 */
export function addApps(
  { aws, mattermost }: { readonly aws: LocalAws; readonly mattermost: LocalMattermost },
  bucketName: string,
  deployed: string,
  count: number,
): number {
  const { live, ...settings } = aws.function(deployed);
  const functions = aws.stored.functions as Map<string, StoredFunction>;
  const before = functions.size;
  const scope = live.arn.slice(0, -deployed.length);
  for (let index = 0; index < count; index++) {
    const id = appId(index);
    const names = ['bindings', 'webhook', ...(index % 2 === 0 ? ['notify'] : [])];
    const { handler, runtime } = live;
    const declared = names.map((name) => ({ path: `/${name}`, name, handler, runtime }));
    const content = manifest({ app_id: id, icon: 'icon.png', aws_lambda: { functions: declared } });
    putObject(aws, bucketName, manifestKey(id, '1.0.0'), JSON.stringify(content));
    putObject(aws, bucketName, assetKey(id, '1.0.0', 'icon.png'), 'icon');
    (mattermost.listed as Map<string, unknown>).set(id, content);
    for (const name of names) {
      const lambdaName = lambdaFunctionName(id, '1.0.0', name);
      functions.set(lambdaName, {
        ...settings,
        live: { ...live, name: lambdaName, arn: scope + lambdaName },
      });
    }
  }
  allow(aws, `${scope}com-example-other*`);
  return functions.size - before;
}

/** Puts a copy of any object in the bucket, with another key and content. */
function putObject(aws: LocalAws, bucketName: string, key: string, content: string): void {
  const { objects } = aws.bucket(bucketName);
  const [object] = objects.values();
  if (object === undefined) throw new Error('nothing is deployed yet');
  const bytes = Buffer.from(content);
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
  objects.set(key, { ...object, key, bytes, etag, checksum: undefined });
}

/** Adds an entry to the first invoke policy. */
function allow(aws: LocalAws, resource: string): void {
  const version = defaultVersion(aws);
  const document = JSON.parse(version.document) as PolicyDocument;
  const granted = [...grantedResources(document, INVOKE_GRANT), resource];
  version.document = JSON.stringify(withGrantedResources(document, INVOKE_GRANT, granted));
}

/** The version of the first invoke policy that is in effect. */
function defaultVersion(aws: LocalAws): { document: string } {
  const first = [...aws.stored.policies.values()].find(({ name }) => name === DEFAULT_NAMES.policy);
  const current = first?.versions.find(({ id }) => id === first.defaultVersion);
  if (current === undefined) throw new Error('there is no invoke policy');
  return current;
}

function appId(index: number): string {
  return `com.example.other${index}`;
}

async function fillPolicies(aws: LocalAws, arns: string[], count: number): Promise<void> {
  const current = defaultVersion(aws);
  const before = JSON.parse(current.document) as PolicyDocument;
  current.document = JSON.stringify(fill(before, arns));
  const { iam, destroy } = adminClients(aws);
  for (const PolicyName of additionalPolicyNames(DEFAULT_NAMES.policy).slice(0, count - 1)) {
    const document = fill({ Version: '2012-10-17', Statement: [] }, arns);
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName, PolicyDocument: JSON.stringify(document) }),
    );
    await iam.send(new AttachGroupPolicyCommand({ GroupName: DEFAULT_NAMES.group, PolicyArn: Policy?.Arn }));
  }
  destroy();
}

/** Adds ARNs to a document until it is full, and removes them from the list. */
function fill(before: PolicyDocument, arns: string[]): PolicyDocument {
  let document = before;
  for (let count = 1; count <= arns.length; count++) {
    const next = withGrantedResources(before, INVOKE_GRANT, arns.slice(0, count));
    if (policySize(next) > MAX_POLICY_CHARACTERS) {
      arns.splice(0, count - 1);
      return document;
    }
    document = next;
  }
  throw new Error('there are not enough functions to fill the policies');
}
