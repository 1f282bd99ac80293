import { expect, test } from 'vitest';
import { parseAppLocation } from '../../../../src/core/bundle/app-location.js';

test.each([
  'app.zip',
  './https/app.zip',
  'C:\\apps\\app.zip',
  'c://apps/app.zip',
  '',
  '/tmp/s3:/key',
  'app?versionId=1',
])('%j is a path', (path) => {
  expect(parseAppLocation(path)).toEqual({ kind: 'path', path });
});

test.each([
  ['https://example.com/app.zip', 'https://example.com/app.zip'],
  ['HTTPS://Example.com:443/app.zip?X-Amz-Signature=s3cret#s3cret', 'https://example.com/app.zip'],
  ['https://user:s3cret@example.com:8443/a%20b.zip', 'https://example.com:8443/a%20b.zip'],
  ['http://localhost:8080/app.zip', 'http://localhost:8080/app.zip'],
  ['http://[::1]/app.zip', 'http://[::1]/app.zip'],
])('%s is named without what may be secret', (text, name) => {
  expect(parseAppLocation(text)).toEqual({ kind: 'url', url: new URL(text), name });
});

test.each([
  ['s3://builds/app.zip', 'builds', 'app.zip', undefined],
  ['S3://builds/a/b c+d%20e?.zip', 'builds', 'a/b c+d%20e?.zip', undefined],
  ['s3://builds/app.zip?versionId=3HL4kq.tJvjVBH40_Nrjfkd', 'builds', 'app.zip', '3HL4kq.tJvjVBH40_Nrjfkd'],
  ['s3://builds/app.zip?versionId=', 'builds', 'app.zip?versionId=', undefined],
])('%s is an object', (text, bucket, key, versionId) => {
  expect(parseAppLocation(text)).toMatchObject({ kind: 's3', object: { bucket, key, versionId } });
});

test.each([
  'http://example.com/s3cret?s3cret',
  'ftp://example.com/?s3cret',
  'file:///s3cret',
  'https://',
  'https://s3cret:x/',
  's3://',
  's3://builds',
  's3://builds/',
  's3://Builds/key',
])('%s is refused', (text) => {
  expect(() => parseAppLocation(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
