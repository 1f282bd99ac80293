import { describe, expect, test } from 'vitest';
import { assembleBundle } from '../../../../src/core/bundle/assemble.js';
import { checkAwsNames } from '../../../../src/core/bundle/aws-names.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { manifest } from '../../../support/bundle.js';

/** The errors about the names on AWS of a bundle with these functions and assets. */
function checkNames(functions: string[], assets: string[] = []): string[] {
  const content = manifest({
    aws_lambda: { functions: functions.map((name) => ({ path: '/', name, handler: 'h.h', runtime: 'r' })) },
  });
  const entries = [...functions.map((name) => `${name}.zip`), ...assets].map((name) => ({ name, size: 1 }));
  const findings = new Findings();
  const bundle = assembleBundle('app.zip', entries, Buffer.from(JSON.stringify(content)), findings);
  expect(findings.errors).toEqual([]);
  if (bundle === undefined) throw new Error('no bundle');
  checkAwsNames(bundle, findings);
  return findings.errors.map(({ rule, location, message }) => `${rule} ${location}: ${message}`);
}

describe('names on AWS', () => {
  test('are different for different functions', () => {
    expect(checkNames(['a', 'b', 'a-b'])).toEqual([]);
    expect(checkNames(['a b', 'a-b', 'b'])).toEqual([
      'aws/duplicate-function-name aws_lambda.functions[1].name: function a-b has the same Lambda name as a b: com-example-test_1-0-0_a-b',
    ]);
  });

  test('are valid function names', () => {
    expect(checkNames(['a.b'])).toEqual([
      'aws/function-name aws_lambda.functions[0].name: function a.b has the Lambda name "com-example-test_1-0-0_a.b", which AWS does not allow',
    ]);
  });

  test('are S3 keys of at most 1,024 bytes', () => {
    const prefix = 'static/com.example.test_1.0.0_app/';
    const path = 'ü'.repeat((1024 - prefix.length) / 2);
    expect(checkNames(['a'], [`static/${path}`])).toEqual([]);
    expect(checkNames(['a'], [`static/${path}x`])).toEqual([
      `aws/s3-key static/${path}x: has an S3 key of 1025 bytes, over the limit of 1024`,
    ]);
  });
});
