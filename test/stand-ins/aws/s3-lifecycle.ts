/** Lifecycle rules: validated and stored, but not executed. */
import { invalidRequest } from './checksums.js';
import { AwsError } from './errors.js';
import { readPayload } from './payload.js';
import {
  existingBucket,
  malformedXml,
  plain,
  requireChecksum,
  type S3Operation,
  xmlAnswer,
  xmlBody,
} from './s3-request.js';
import { childText, type XmlElement, type XmlValue } from './xml.js';

const RULES = 1000;
const SIZE_HEADER = 'x-amz-transition-default-minimum-object-size';

/** Which elements each element of a configuration can contain. */
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  LifecycleConfiguration: ['Rule'],
  Rule: [
    'ID',
    'Prefix',
    'Filter',
    'Status',
    'Expiration',
    'NoncurrentVersionExpiration',
    'AbortIncompleteMultipartUpload',
    'Transition',
    'NoncurrentVersionTransition',
  ],
  Filter: ['Prefix', 'Tag', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan', 'And'],
  And: ['Prefix', 'Tag', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'],
  Tag: ['Key', 'Value'],
  Expiration: ['Days', 'Date', 'ExpiredObjectDeleteMarker'],
  NoncurrentVersionExpiration: ['NoncurrentDays', 'NewerNoncurrentVersions'],
  AbortIncompleteMultipartUpload: ['DaysAfterInitiation'],
  Transition: ['Days', 'Date', 'StorageClass'],
  NoncurrentVersionTransition: ['NoncurrentDays', 'NewerNoncurrentVersions', 'StorageClass'],
};

const ACTIONS = (CHILDREN['Rule'] ?? []).slice(4);
/** The days of each action, except those of transitions, which can be 0. */
const POSITIVE: Readonly<Record<string, string>> = {
  Expiration: 'Days',
  NoncurrentVersionExpiration: 'NoncurrentDays',
  AbortIncompleteMultipartUpload: 'DaysAfterInitiation',
};

function readRules(body: Buffer): XmlElement {
  const configuration = xmlBody(body);
  checkShape(configuration, 'LifecycleConfiguration');
  const rules = configuration.children;
  if (rules.length === 0 || rules.length > RULES) throw malformedXml();
  for (const rule of rules) checkRule(rule);
  const ids = rules.flatMap((rule) => childText(rule, 'ID') ?? []);
  if (new Set(ids).size < ids.length) {
    throw new AwsError(
      400,
      'InvalidArgument',
      'Rule ID must be unique. Found same ID for more than one rule',
    );
  }
  return configuration;
}

function checkShape(element: XmlElement, name: string): void {
  const known = CHILDREN[name];
  if (element.name !== name || (known === undefined && element.children.length > 0)) throw malformedXml();
  for (const child of element.children) {
    if (known?.includes(child.name) !== true) throw malformedXml();
    checkShape(child, child.name);
  }
}

function checkRule(rule: XmlElement): void {
  const has = (name: string): boolean => rule.children.some((child) => child.name === name);
  const status = childText(rule, 'Status');
  if (status !== 'Enabled' && status !== 'Disabled') throw malformedXml();
  if ((childText(rule, 'ID') ?? '').length > 255) {
    throw new AwsError(400, 'InvalidArgument', 'ID length should not exceed allowed limit of 255');
  }
  if (has('Prefix') === has('Filter')) throw malformedXml();
  const filters = rule.children.find((child) => child.name === 'Filter')?.children ?? [];
  if (filters.length > 1) throw malformedXml();
  if (!ACTIONS.some(has)) throw invalidRequest('At least one action needs to be specified in a rule');
  const isByTag = filters.some(
    ({ name, children }) => name === 'Tag' || children.some((child) => child.name === 'Tag'),
  );
  if (isByTag && has('AbortIncompleteMultipartUpload')) {
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags');
  }
  for (const action of rule.children) checkAction(action);
}

function checkAction(action: XmlElement): void {
  const field = POSITIVE[action.name];
  const days = field === undefined ? undefined : childText(action, field);
  if (days !== undefined && !/^[1-9]\d*$/.test(days)) {
    throw new AwsError(
      400,
      'InvalidArgument',
      `'${field}' for ${action.name} action must be a positive integer`,
    );
  }
  // Exactly one of days, a date, or delete markers without versions.
  if (action.name === 'Expiration' && action.children.length !== 1) throw malformedXml();
  if (action.name === 'AbortIncompleteMultipartUpload' && days === undefined) throw malformedXml();
}

/** As it is returned, with elements of the same name next to each other. */
function shown(element: XmlElement): XmlValue {
  if (element.children.length === 0) return element.text;
  const names = [...new Set(element.children.map((child) => child.name))];
  return Object.fromEntries(
    names.map((name) => [name, element.children.filter((child) => child.name === name).map(shown)]),
  );
}

export const lifecycleOperations = {
  PutBucketLifecycleConfiguration: {
    name: 'PutBucketLifecycleConfiguration',
    action: 's3:PutLifecycleConfiguration',
    changesBucket: true,
    act(request) {
      const bucket = existingBucket(request);
      requireChecksum(request.call);
      bucket.lifecycle = readRules(readPayload(request.call).bytes);
      return plain(200, { [SIZE_HEADER]: 'all_storage_classes_128K' });
    },
  },

  GetBucketLifecycleConfiguration: {
    name: 'GetBucketLifecycleConfiguration',
    action: 's3:GetLifecycleConfiguration',
    act(request) {
      const { lifecycle } = existingBucket(request);
      if (lifecycle === undefined) {
        throw new AwsError(
          404,
          'NoSuchLifecycleConfiguration',
          'The lifecycle configuration does not exist',
          { BucketName: request.bucketName },
        );
      }
      return xmlAnswer('LifecycleConfiguration', shown(lifecycle), {
        [SIZE_HEADER]: 'all_storage_classes_128K',
      });
    },
  },

  DeleteBucketLifecycle: {
    name: 'DeleteBucketLifecycle',
    action: 's3:PutLifecycleConfiguration',
    changesBucket: true,
    act(request) {
      existingBucket(request).lifecycle = undefined;
      return plain(204);
    },
  },
} satisfies Record<string, S3Operation>;
