import type { LambdaFunctions } from '../aws/lambda/lambda-functions.js';
import type { S3Objects } from '../aws/s3/s3-objects.js';
import type { Account } from '../core/aws/arn.js';
import type { InventoryPorts } from '../operations/inventory/read-inventory.js';
import { findAccount, openBucket, openFunctions, openMattermost } from './adapters.js';
import type { MattermostOptions, NetworkContext } from './network-options.js';

/** The adapters that read the apps of an account. */
export interface OpenInventory {
  readonly account: Account;
  readonly ports: InventoryPorts & { readonly bucket: S3Objects; readonly functions: LambdaFunctions };
}

/** Opens what reads the apps of the account that the credentials belong to. */
export async function openInventory(
  context: NetworkContext,
  mattermost: MattermostOptions | undefined,
): Promise<OpenInventory> {
  const { clock, signal, onEvent } = context;
  const account = await findAccount(context);
  const [bucket, functions, server] = await Promise.all([
    openBucket(context, account.accountId),
    openFunctions(context),
    mattermost && openMattermost(context, mattermost),
  ]);
  return { account, ports: { bucket, functions, mattermost: server, clock, signal, onEvent } };
}
