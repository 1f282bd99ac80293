import { expect, test } from 'vitest';
import { isMd5 } from '../../../../src/core/deploy/stored-object.js';

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
test.each([
  [MD5, true],
  [`${MD5}-2`, false],
  [`"${MD5}"`, false],
  [MD5.slice(1), false],
  [MD5.toUpperCase(), false],
  [undefined, false],
])('the ETag %s is an MD5: %j', (etag, expected) => expect(isMd5(etag)).toBe(expected));
