import * as z from 'zod/mini';
import { removalRecordKey } from '../core/aws/resource-names.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { Manifest } from '../core/manifest/manifest.js';
import type { ObjectReader, ObjectStore } from '../core/ports/s3.js';

/**
 * The record of a removal: an object in the bucket that exists while a version of an app is being removed. It has what
 * only the manifest knows, so that a removal can be continued once the manifest is removed, and it keeps deployments of
 * the same version away.
 */
export interface RemovalRecord {
  readonly appId: string;
  readonly version: string;
  /** The Lambda names of the functions. */
  readonly functions: readonly string[];
}

const recordSchema = z.object({
  appId: z.string(),
  version: z.string(),
  functions: z.array(z.string()),
});

/** Writes the record of a removal. */
export async function writeRemovalRecord(bucket: ObjectStore, record: RemovalRecord): Promise<void> {
  const key = removalRecordKey(record.appId, record.version);
  await bucket.put(key, Buffer.from(JSON.stringify(record)), 'application/json');
}

/** Reads a record; undefined when it does not exist, and for an object that is not a record. */
async function readRemovalRecord(
  bucket: Pick<ObjectReader, 'get'>,
  key: string,
): Promise<RemovalRecord | undefined> {
  const content = await bucket.get(key);
  if (content === undefined) return undefined;
  try {
    return recordSchema.parse(JSON.parse(Buffer.from(content).toString()));
  } catch {
    return undefined;
  }
}

/** Returns the records of all versions of an app that are being removed. */
export async function findRemovalRecords(appId: string, bucket: ObjectReader): Promise<RemovalRecord[]> {
  const objects = await bucket.list(removalRecordKey(appId, '').replace(/\.json$/, ''));
  const records = await Promise.all(objects.map(({ key }) => readRemovalRecord(bucket, key)));
  return records.filter((record): record is RemovalRecord => record?.appId === appId);
}

/** @throws AppsctlError CONFLICT when a version of an app is being removed, or its removal was not finished */
export async function checkNotBeingRemoved(
  bucket: Pick<ObjectReader, 'get'>,
  { app_id: id, version }: Pick<Manifest, 'app_id' | 'version'>,
): Promise<void> {
  if ((await bucket.get(removalRecordKey(id, version))) === undefined) return;
  const message = `version ${version} of app ${id} is being removed, or its removal was interrupted`;
  throw new AppsctlError('CONFLICT', message, {
    hint: ({ removeCommand, again }) =>
      `finish it with: ${removeCommand.replace('APP', `${id}@${version}`)}, then ${again}`,
  });
}
