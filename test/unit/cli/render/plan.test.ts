import { describe, expect, test } from 'vitest';
import { CLI_VOCABULARY } from '../../../../src/cli/input/vocabulary.js';
import { renderPlan } from '../../../../src/cli/render/plan.js';
import type { Change } from '../../../../src/core/deploy/changes.js';
import { planLine } from '../../../support/messages/deploy.js';

const change = (
  action: Change['action'],
  kind: Change['kind'],
  name: string,
  ...details: string[]
): Change => ({
  ...{ action, kind, name, details, isRefused: false },
});

describe('the lines for a plan', () => {
  test('name what is created and updated, and count the rest', () => {
    const changes = [
      change('create', 'function', 'app_1_a'),
      change('update', 'function', 'app_1_b', 'code', 'memory 256 MB -> 512 MB'),
      change('unchanged', 'asset', 'static/app_1_app/a.txt'),
      change('update', 'invoke policy', 'p', '+ arn:a', '- arn:b'),
      change('unchanged', 'manifest', 'manifests/app_1.json'),
      change('create', 'listing', 'com.example.app'),
    ];
    expect(renderPlan({ changes }, CLI_VOCABULARY)).toEqual([
      'create    function app_1_a',
      'update    function app_1_b: code; memory 256 MB -> 512 MB',
      'update    invoke policy p',
      '          + arn:a',
      '          - arn:b',
      'create    listing com.example.app',
      planLine(2, 2, 2),
    ]);
  });

  test('say what the deployment would refuse', () => {
    const changes = [
      { ...change('update', 'function', 'app_1_b', 'code'), isRefused: true },
      { ...change('update', 'manifest', 'manifests/app_1.json'), isRefused: true },
      change('update', 'listing', 'com.example.app'),
    ];
    expect(renderPlan({ changes }, CLI_VOCABULARY)).toEqual([
      'update    function app_1_b: code (only with --update)',
      'update    manifest manifests/app_1.json (only with --update)',
      'update    listing com.example.app',
      planLine(0, 3, 0).replace('update', 'update (2 only with --update)'),
      'Without --update, this deployment is refused: it would replace what is on AWS.',
    ]);
  });
});
