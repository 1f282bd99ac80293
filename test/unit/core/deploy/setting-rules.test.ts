import { describe, expect, test } from 'vitest';
import { SETTING_RULES } from '../../../../src/core/deploy/setting-rules.js';
import { SETTINGS } from '../../../support/messages/function-settings.js';

const LAYER = 'arn:aws:lambda:us-east-1:123456789012:layer:a:1';
const ids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

type Rule = keyof typeof SETTING_RULES;
const check = (rule: Rule, value: unknown): string | undefined =>
  (SETTING_RULES[rule] as (value: unknown) => string | undefined)(value);

describe('a setting', () => {
  test.each<[Rule, unknown]>([
    ['memory', 128],
    ['memory', 10_240],
    ['timeout', 900],
    ['ephemeralStorage', 512],
    ['ephemeralStorage', 10_240],
    ['architecture', 'arm64'],
    ['tracing', 'active'],
    ['tracing', 'pass-through'],
    ['logRetention', 1],
    ['logRetention', 3653],
    ['vpc', { subnets: [], securityGroups: [] }],
    ['vpc', { subnets: ids('subnet', 16), securityGroups: ids('sg', 5) }],
    ['layers', []],
    ['layers', [1, 2, 3, 4, 5].map((version) => LAYER.replace('layer:a', `layer:a${version}`))],
    ['layers', ['arn:aws-us-gov:lambda:us-gov-west-1:123456789012:layer:My_layer-1:12']],
    ['env', { LOG_LEVEL: 'debug' }],
    ['requiredEnv', ['TOKEN']],
    ['tags', { team: 'apps' }],
  ])('%s of %j is accepted', (rule, value) => {
    expect(check(rule, value)).toBeUndefined();
  });

  test.each<[Rule, unknown, string]>([
    ['memory', 127, '127 is not an integer from 128 to 10240'],
    ['memory', '256', '"256" is not an integer from 128 to 10240'],
    ['timeout', 1.5, '1.5 is not an integer from 1 to 900'],
    ['ephemeralStorage', 511, '511 is not an integer from 512 to 10240'],
    ['ephemeralStorage', 10_241, '10241 is not an integer from 512 to 10240'],
    ['architecture', 'arm', '"arm" is not x86_64 or arm64'],
    ['tracing', 'Active', '"Active" is not active or pass-through'],
    ['vpc', { subnets: ['vpc-1'], securityGroups: [] }, '"vpc-1" in subnets does not have the form subnet-…'],
    [
      'vpc',
      { subnets: ['subnet-1'], securityGroups: ['x'] },
      '"x" in securityGroups does not have the form sg-…',
    ],
    ['vpc', { subnets: ids('subnet', 17), securityGroups: [] }, 'there are 17 subnets, over the limit of 16'],
    ['vpc', { subnets: [], securityGroups: ids('sg', 6) }, 'there are 6 securityGroups, over the limit of 5'],
    ['vpc', { subnets: ['subnet-1', 'subnet-1'], securityGroups: [] }, '"subnet-1" appears twice'],
    [
      'vpc',
      { subnets: ['subnet-1'], securityGroups: [] },
      'securityGroups is empty, and subnets is not: a VPC needs both, and no VPC needs neither',
    ],
    [
      'vpc',
      { subnets: [], securityGroups: ['sg-1'] },
      'subnets is empty, and securityGroups is not: a VPC needs both, and no VPC needs neither',
    ],
    ['layers', [LAYER, LAYER], `"${LAYER}" appears twice`],
    ['layers', ids('x', 1).concat(LAYER), expect.stringContaining('"x-0" is not the ARN of a layer version')],
    ['layers', [LAYER.replace(/:1$/, '')], expect.stringContaining('is not the ARN of a layer version')],
    [
      'layers',
      [1, 2, 3, 4, 5, 6].map((version) => LAYER.replace(/1$/, `${version}`)),
      'there are 6 layers, over the limit of 5 for a function',
    ],
    ['env', { AWS_REGION: 'secret' }, SETTINGS.reservedVariable('AWS_REGION')],
    ['requiredEnv', ['OK', 'AWS_REGION'], SETTINGS.reservedVariable('AWS_REGION')],
    ['tags', { 'aws:x': 'secret' }, SETTINGS.reservedTag('aws:x')],
  ])('%s of %j is refused', (rule, value, problem) => {
    expect(check(rule, value)).toEqual(problem);
  });

  test('of the log retention is one that CloudWatch Logs has', () => {
    expect(check('logRetention', 31)).toMatch(/^31 is not 1, 3, 5, .*, 3288 or 3653$/);
  });
});
