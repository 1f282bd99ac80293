import { describe, expect, test } from 'vitest';
import { assembleBundle } from '../../../../src/core/bundle/assemble.js';
import { checkAwsNames } from '../../../../src/core/bundle/aws-names.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { manifest } from '../../../support/bundle.js';

/** What AWS would refuse of a bundle with these functions and assets. */
function errorsOf(functions: string[], assets: string[] = []): string[] {
  const content = manifest({
    aws_lambda: { functions: functions.map((name) => ({ path: '/', name, handler: 'h.h', runtime: 'r' })) },
  });
  const entries = [...functions.map((name) => `${name}.zip`), ...assets].map((name) => ({ name, size: 1 }));
  const findings = new Findings();
  const bundle = assembleBundle(entries, Buffer.from(JSON.stringify(content)), findings);
  expect(findings.errors).toEqual([]);
  if (bundle === undefined) throw new Error('no bundle');
  checkAwsNames(bundle, findings);
  return findings.errors.map(({ location, message, fix }) => `${location}: ${message} (${fix})`);
}

describe('names on AWS', () => {
  test('of different functions differ', () => {
    expect(errorsOf(['a', 'b', 'a-b'])).toEqual([]);
    expect(errorsOf(['a b', 'a-b', 'b'])).toEqual([
      'a-b: gets the same name on AWS as a b: com-example-test_1-0-0_a-b (rename one of the two)',
    ]);
  });

  test('are keys of at most 1,024 bytes', () => {
    const prefix = 'static/com.example.test_1.0.0_app/';
    const path = 'ü'.repeat((1024 - prefix.length) / 2);
    expect(errorsOf(['a'], [`static/${path}`])).toEqual([]);
    expect(errorsOf(['a'], [`static/${path}x`])).toEqual([
      `static/${path}x: gets an S3 key of 1025 bytes, over the limit of 1024 (shorten its path)`,
    ]);
  });
});
