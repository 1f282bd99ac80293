import { describe, expect, test } from 'vitest';
import { chooseCredentials } from '../../../../src/core/aws/credential-source.js';

const KEY = { aws_access_key_id: 'AKIAPROFILE', aws_secret_access_key: 'secret' };
const SSO = { sso_session: 'company', sso_account_id: '1', sso_role_name: 'r' };
const ENV_KEY = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'secret' };
const CI = { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'arn:role' };
const CONTAINER = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/x' };

type Profiles = Record<string, Record<string, string>>;
const choose = (env: Record<string, string>, profiles: Profiles = {}, given?: string) =>
  chooseCredentials(env, { profiles, services: {} }, given);

describe('the source of credentials is', () => {
  test.each<[string, Parameters<typeof choose>]>([
    ['AWS_ACCESS_KEY_ID', [{ ...ENV_KEY, ...CI, AWS_PROFILE: 'a' }, { a: KEY }]],
    ['profile a', [{ ...ENV_KEY }, { a: SSO }, 'a']],
    [
      'profile a',
      [
        { AWS_PROFILE: 'a', ...CI, ...CONTAINER },
        { a: SSO, default: KEY },
      ],
    ],
    ['profile default', [{ ...CONTAINER }, { default: { login_session: 'arn' } }]],
    ['the role of the web identity', [{ ...CI, ...CONTAINER }, { default: { region: 'eu-west-1' } }]],
    ['the role of the web identity', [{ ...CI, AWS_PROFILE: 'a' }, { a: { region: 'eu-west-1' } }]],
    ['the role of the container', [{ ...CONTAINER, AWS_ROLE_ARN: 'arn:role' }]],
    ['the role of the instance', [{}]],
  ])('%s', (name, args) => {
    expect(choose(...args).name).toBe(name);
  });

  test('nowhere, without the metadata service of instances', () => {
    expect(choose({ AWS_EC2_METADATA_DISABLED: 'true' }).kind).toBe('nowhere');
  });
});

describe('a profile', () => {
  test('with an access key is that key', () => {
    const profile = { ...KEY, aws_session_token: 'token' };
    expect(choose({}, { a: profile }, 'a')).toMatchObject({
      kind: 'access key',
      accessKey: { accessKeyId: 'AKIAPROFILE', secretAccessKey: 'secret', sessionToken: 'token' },
    });
  });

  test.each<[string, Profiles, boolean, string]>([
    ['an SSO session', { a: SSO }, false, 'log in again: aws sso login --profile a'],
    ['a login', { a: { login_session: 'x' } }, false, 'log in again: aws login --profile a'],
    [
      'a command',
      { a: { credential_process: 'x' } },
      true,
      'run the command of credential_process in profile a yourself',
    ],
    [
      'the SSO session of another profile',
      { a: { role_arn: 'arn:role', source_profile: 'b' }, b: SSO },
      false,
      'log in again: aws sso login --profile a',
    ],
    [
      'the command of another profile',
      {
        a: { role_arn: 'arn:role', source_profile: 'b' },
        b: { credential_process: 'x', source_profile: 'a' },
      },
      true,
      'run the command of credential_process in profile a yourself',
    ],
    [
      'a profile that does not exist',
      { a: { role_arn: 'arn:role', source_profile: 'b' } },
      false,
      'check profile a in the configuration files of AWS',
    ],
  ])('with %s says what to do when there are no credentials', (_, profiles, runsProcess, hint) => {
    expect(choose({}, profiles, 'a')).toMatchObject({ kind: 'profile', runsProcess, hint });
  });

  test.each<[Profiles, string]>([
    [{}, 'the configuration files of AWS have no profiles: create one with aws configure'],
    [{ production: KEY }, 'use one of the profiles that there are: production'],
    [{ deploy: KEY }, 'did you mean "deploy"?'],
  ])('that does not exist is an error (%j)', (profiles, hint) => {
    expect(() => choose({ AWS_PROFILE: 'deply' }, profiles)).toThrow(
      expect.objectContaining({ code: 'CREDENTIALS', message: 'AWS profile deply does not exist', hint }),
    );
  });
});

test.each([
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'],
])('%s without %s is an error', (set, missing) => {
  expect(() => choose({ [set]: 'x', ...CI })).toThrow(`${set} is set, and ${missing} is not`);
});
