/** The tags of objects. Each version has its own; a new one has those of the request that stores it. */
import { AwsError } from './errors.js';
import { type Caller, header, type IncomingCall, type Permission } from './exchange.js';
import { readPayload } from './payload.js';
import type { StoredObject, Tags } from './s3-model.js';
import { deleteMarkerError, requestedObject } from './s3-object-reads.js';
import {
  arnOf,
  existingBucket,
  malformedXml,
  plain,
  requireChecksum,
  type S3Operation,
  type S3Request,
  xmlAnswer,
  xmlBody,
} from './s3-request.js';
import { isDeleteMarker, namedVersion, versionHeader } from './s3-versions.js';
import { childText } from './xml.js';

const TAGS_PER_OBJECT = 10;
/** UTF-16 code units. */
const KEY_LENGTH = 128;
const VALUE_LENGTH = 256;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags in the header of a request that stores an object. */
export function headerTags(call: IncomingCall): Tags {
  const given = header(call, 'x-amz-tagging') ?? '';
  const pairs = given.split('&').filter((pair) => pair !== '');
  const tags = pairs.map((pair): [string, string] => {
    const [key = '', value = ''] = pair.split(/=(.*)/s);
    return [decodeForm(key, given), decodeForm(value, given)];
  });
  const keys = tags.map(([key]) => key);
  if (keys.includes('') || new Set(keys).size < keys.length) throw invalidHeader(given);
  return checkTags(tags);
}

/** Who stores an object with tags must be allowed to tag it. */
export function headerTagNeeds(request: S3Request): Permission[] {
  return (header(request.call, 'x-amz-tagging') ?? '') === ''
    ? []
    : [{ action: 's3:PutObjectTagging', resource: arnOf(request) }];
}

function decodeForm(text: string, given: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidHeader(given);
  }
}

function invalidHeader(given: string): AwsError {
  return new AwsError(
    400,
    'InvalidArgument',
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    { ArgumentName: 'x-amz-tagging', ArgumentValue: given },
  );
}

function bodyTags(call: IncomingCall): Tags {
  requireChecksum(call);
  const root = xmlBody(readPayload(call).bytes);
  const set = root.children.find(({ name }) => name === 'TagSet');
  if (root.name !== 'Tagging' || set === undefined) throw malformedXml();
  return checkTags(
    set.children.map((tag): [string, string] => {
      const [key, value] = [childText(tag, 'Key'), childText(tag, 'Value')];
      if (tag.name !== 'Tag' || key === undefined || value === undefined) throw malformedXml();
      return [key, value];
    }),
  );
}

function checkTags(tags: readonly [key: string, value: string][]): Tags {
  if (tags.length > TAGS_PER_OBJECT) {
    throw new AwsError(400, 'BadRequest', `Object tags cannot be greater than ${TAGS_PER_OBJECT}`);
  }
  const checked: Tags = new Map();
  for (const [TagKey, TagValue] of tags) {
    if (TagKey === '' || TagKey.length > KEY_LENGTH || !CHARACTERS.test(TagKey)) {
      throw invalidTag('The TagKey you have provided is invalid', { TagKey });
    }
    if (/^aws:/i.test(TagKey))
      throw invalidTag('System tags cannot be added/updated by requester', { TagKey });
    if (TagValue.length > VALUE_LENGTH || !CHARACTERS.test(TagValue)) {
      throw invalidTag('The TagValue you have provided is invalid', { TagKey, TagValue });
    }
    if (checked.has(TagKey)) throw invalidTag('Cannot provide multiple Tags with the same key', { TagKey });
    checked.set(TagKey, TagValue);
  }
  return checked;
}

function invalidTag(message: string, details: Record<string, string>): AwsError {
  return new AwsError(400, 'InvalidTag', message, details);
}

/** The version whose tags a request is about. A delete marker has none, even where it is the current version. */
function taggedVersion(request: S3Request, caller: Caller): StoredObject {
  const current = existingBucket(request).versions.get(request.key)?.[0];
  if (namedVersion(request) === undefined && isDeleteMarker(current)) {
    throw deleteMarkerError(request, current);
  }
  return requestedObject(request, caller);
}

const actionOn =
  (verb: string) =>
  (request: S3Request): string =>
    `s3:${verb}Object${namedVersion(request) === undefined ? '' : 'Version'}Tagging`;

export const taggingOperations = {
  GetObjectTagging: {
    name: 'GetObjectTagging',
    action: actionOn('Get'),
    act(request, caller) {
      const version = taggedVersion(request, caller);
      const Tag = [...version.tags].map(([Key, Value]) => ({ Key, Value }));
      return xmlAnswer('Tagging', { TagSet: { Tag } }, versionHeader(version));
    },
  },

  PutObjectTagging: {
    name: 'PutObjectTagging',
    action: actionOn('Put'),
    act(request, caller) {
      const tags = bodyTags(request.call);
      const version = taggedVersion(request, caller);
      version.tags = tags;
      return plain(200, versionHeader(version));
    },
  },

  DeleteObjectTagging: {
    name: 'DeleteObjectTagging',
    action: actionOn('Delete'),
    act(request, caller) {
      const version = taggedVersion(request, caller);
      version.tags = new Map();
      return plain(204, versionHeader(version));
    },
  },
} satisfies Record<string, S3Operation>;
