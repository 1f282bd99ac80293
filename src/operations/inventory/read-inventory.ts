import { throwIfAborted } from '../../core/async/clock.js';
import { mapConcurrent, settleAll } from '../../core/async/concurrency.js';
import type { WaitContext } from '../../core/async/poll.js';
import { runtimeEnd } from '../../core/aws/runtimes.js';
import type {
  AppFunction,
  AppOnServer,
  AppVersion,
  FunctionOnAws,
} from '../../core/inventory/app-version.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { FunctionDetails, FunctionService } from '../../core/ports/lambda.js';
import type { ObjectScanner } from '../../core/ports/s3.js';
import { type AppRecord, type AppRecords, readAppRecords } from './app-records.js';
import { type AssetFolder, readAssetTotals } from './asset-totals.js';
import { readServerApps, type ServerReader } from './server-apps.js';
import type { UncheckedParts } from './unchecked-parts.js';

/** How many functions are looked up at a time: enough for the 80 per second that are sent, at a latency of 400 ms. */
const CONCURRENT_LOOKUPS = 32;
/** The functions that AWS shows in two seconds; waits for more are reported. */
const QUICKLY_READ = 160;

/** What the apps of an account are read through. */
export interface InventoryPorts extends WaitContext {
  readonly bucket: ObjectScanner;
  readonly functions: Pick<FunctionService, 'describe'>;
  /** Undefined without a server. */
  readonly mattermost: ServerReader | undefined;
}

/** The apps of a bucket. */
export interface Inventory {
  /** By ID; the versions of an app latest first. */
  readonly versions: readonly AppVersion[];
  /** What the versions were read from, and what is no manifest. */
  readonly manifests: AppRecords;
  /** The assets that do not belong to one of the versions: some belong to a damaged manifest, or to no app. */
  readonly otherAssets: ReadonlyMap<string, AssetFolder>;
}

/**
 * Reads the apps that are deployed, with their functions, their assets, and what a server has of them.
 *
 * Functions are looked up one by one: the list of functions does not show their state, and each look-up shows all the
 * rest, too. Only small records are kept of what AWS returns.
 *
 * @param reference restricts it to an app, or to a version of it
 * @param unchecked collects what cannot be read
 * @throws AppsctlError the errors of {@link readAppRecords} and of the ports
 */
export async function readInventory(
  ports: InventoryPorts,
  reference: AppReference | undefined,
  unchecked: UncheckedParts,
): Promise<Inventory> {
  const { bucket, mattermost, signal } = ports;
  const manifests = await readAppRecords(bucket, reference, unchecked, signal);
  const { records } = manifests;
  const ids = [...new Set(records.map(({ id }) => id))];
  const [functions, assets, server] = await settleAll(
    readFunctions(records, ports, unchecked),
    unchecked.unlessDenied('assets', readAssetTotals(bucket, records, reference, signal)),
    mattermost === undefined
      ? Promise.resolve(undefined)
      : unchecked.unlessFailed('server', readServerApps(mattermost, ids)),
  );
  const otherAssets = new Map(assets);
  for (const { assetPrefix } of records) otherAssets.delete(assetPrefix);
  const versions = records.map((record) =>
    toVersion(
      record,
      functions,
      assets && (assets.get(record.assetPrefix) ?? NO_ASSETS),
      server?.get(record.id),
    ),
  );
  return { versions, manifests, otherAssets };
}

const NO_ASSETS: AssetFolder = { count: 0, bytes: 0, hasIcon: false };

type FunctionRecord = Pick<AppFunction, 'status' | 'aws'>;

/** @returns by the name on AWS: two apps may have the same */
async function readFunctions(
  records: readonly AppRecord[],
  { functions, clock, signal, onEvent }: InventoryPorts,
  unchecked: UncheckedParts,
): Promise<ReadonlyMap<string, FunctionRecord>> {
  const names = [
    ...new Set(records.flatMap((record) => record.functions.map(({ lambdaName }) => lambdaName))),
  ];
  if (names.length > QUICKLY_READ) {
    const count = names.length.toLocaleString('en-US');
    onEvent({ type: 'waiting', reason: `for AWS Lambda to show ${count} functions` });
  }
  const now = clock.now();
  const entries = await mapConcurrent(
    names,
    CONCURRENT_LOOKUPS,
    async (name): Promise<[string, FunctionRecord]> => {
      throwIfAborted(signal);
      const reading = functions.describe(name).then((found) => found ?? 'missing');
      const found = await unchecked.unlessDenied('functions', reading);
      if (found === undefined) return [name, { status: 'unknown', aws: undefined }];
      if (found === 'missing') return [name, { status: 'missing', aws: undefined }];
      return [name, { status: 'found', aws: toFunctionOnAws(found, now) }];
    },
  );
  return new Map(entries);
}

function toFunctionOnAws(details: FunctionDetails, now: number): FunctionOnAws {
  const { environment, tags, lastModified, runtime } = details;
  const { arn, state, stateReason, isUpdating, updateFailure, handler, roleArn } = details;
  const { memory, timeout, architecture, ephemeralStorage, vpc, layers, tracing, logGroup } = details;
  const { codeSize, codeSha256 } = details;
  return {
    ...{ arn, state, stateReason, isUpdating, updateFailure, handler, runtime },
    runtimeEnd: runtimeEnd(runtime, now),
    ...{ roleArn, memory, timeout, architecture, ephemeralStorage, vpc, layers, tracing, logGroup },
    variables: environment && Object.keys(environment).sort(),
    tags: tags && Object.keys(tags).sort(),
    ...{ codeSize, codeSha256 },
    lastModified: new Date(lastModified).toISOString(),
  };
}

function toVersion(
  record: AppRecord,
  functions: ReadonlyMap<string, FunctionRecord>,
  assets: AssetFolder | undefined,
  server: AppOnServer | undefined,
): AppVersion {
  const { id, version, displayName, manifestKey, deployedAt, iconKey } = record;
  return {
    ...{ id, version, displayName, manifestKey },
    deployedAt: new Date(deployedAt).toISOString(),
    functions: record.functions.map((item) => {
      const { status = 'unknown', aws } = functions.get(item.lambdaName) ?? {};
      return { ...item, status, aws };
    }),
    assets: assets && { count: assets.count, bytes: assets.bytes },
    icon: assets && iconKey !== undefined ? { key: iconKey, exists: assets.hasIcon } : undefined,
    server,
  };
}
