import { describe, expect, test } from 'vitest';
import { UPLOAD_PREFIX } from '../../../../src/core/aws/resource-names.js';
import {
  isAbandonedUpload,
  MAX_DIRECT_BYTES,
  uploadKey,
} from '../../../../src/core/deploy/archive-uploads.js';
import { machine } from '../../../support/memory-ports.js';

test('archives of 10 MB and more are uploaded to the bucket', () => {
  expect(MAX_DIRECT_BYTES).toBe(9_999_999);
});

describe('uploadKey', () => {
  test('identifies machine and process', () => {
    expect(uploadKey(machine('host', 42))).toMatch(/^functions\/[0-9a-f]{16}-42-[0-9a-f-]{36}\.zip$/);
    expect(uploadKey(machine('host', 42)).startsWith(UPLOAD_PREFIX)).toBe(true);
  });

  test('is different for each upload', () => {
    const process = machine('host', 42);
    expect(uploadKey(process)).not.toBe(uploadKey(process));
  });
});

describe('isAbandonedUpload', () => {
  const key = uploadKey(machine('host', 42));
  test.each([
    ['a process that has ended', key, machine('host', 7), true],
    ['a running process', key, machine('host', 7, [7, 42]), false],
    ['a process of another machine', key, machine('other', 7), false],
    ['another kind of object', 'static/app_1.0.0_app/logo.png', machine('host', 7), false],
    ['a key with a prefix', `x${key}`, machine('host', 7), false],
    ['a key with a suffix', `${key}.bak`, machine('host', 7), false],
  ])('%s', (_, candidate, process, isAbandoned) => {
    expect(isAbandonedUpload(candidate, process)).toBe(isAbandoned);
  });
});
