import { describe, expect, test } from 'vitest';
import { chooseProxy, readProxies } from '../../../../src/core/http/proxy.js';

const PROXY = 'http://proxy.example.com:3128';

describe('readProxies', () => {
  test.each<[string, Record<string, string>, string | undefined, string | undefined]>([
    ['none', {}, undefined, undefined],
    ['an empty one', { HTTPS_PROXY: '' }, undefined, undefined],
    ['one for https', { HTTPS_PROXY: PROXY }, PROXY, undefined],
    ['one for http', { HTTP_PROXY: PROXY }, undefined, PROXY],
    [
      'lower case before upper case',
      { https_proxy: 'http://a:1', HTTPS_PROXY: PROXY },
      'http://a:1',
      undefined,
    ],
    ['one without a scheme', { HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128', undefined],
    [
      'one with a password, which is not a part of its name',
      { HTTPS_PROXY: 'http://u:p@a:1/' },
      'http://a:1',
      undefined,
    ],
  ])('reads %s', (_, env, https, http) => {
    const settings = readProxies(env);
    expect({ https: settings?.https?.url, http: settings?.http?.url }).toEqual({ https, http });
  });

  test('decodes user and password', () => {
    const { https } = readProxies({ HTTPS_PROXY: 'https://me%40work:p%3Aw@[::1]' }) ?? {};
    expect(https).toEqual({
      ...{ url: 'https://[::1]', isTls: true, host: '::1', port: 443 },
      authorization: `Basic ${Buffer.from('me@work:p:w').toString('base64')}`,
    });
  });

  test.each(['socks5://a:1', 'http://', 'http://a:b:c', 'http://%E0:x@a'])('refuses %s', (value) => {
    expect(() => readProxies({ HTTP_PROXY: value })).toThrow('HTTP_PROXY is not the URL of an http(s) proxy');
  });
});

describe('chooseProxy', () => {
  const choose = (host: string, noProxy = '', port = 443, protocol: 'http:' | 'https:' = 'https:') => {
    const settings = readProxies({ HTTPS_PROXY: PROXY, NO_PROXY: noProxy });
    return settings && chooseProxy(settings, { protocol, host, port })?.url;
  };

  test.each([
    ['sts.amazonaws.com', ''],
    ['example.com', 'other.com,example.org'],
    ['notexample.com', 'example.com'],
    ['example.com', 'sub.example.com'],
    ['example.com', 'example.com:8443'],
    ['10.1.0.1', '10.0.0.0/16'],
    ['10.0.0.1', '10.0.0.0/x'],
    ['example.com', '10.0.0.0/8'],
  ])('sends requests to %s through the proxy, with NO_PROXY=%s', (host, noProxy) => {
    expect(choose(host, noProxy)).toBe(PROXY);
  });

  test.each([
    ['localhost', ''],
    ['app.localhost', ''],
    ['127.0.0.1', ''],
    ['127.1.2.3', ''],
    ['::1', ''],
    ['[::1]', ''],
    ['169.254.169.254', ''],
    ['169.254.170.2', ''],
    ['169.254.170.23', ''],
    ['fd00:ec2::254', ''],
    ['example.com', '*'],
    ['example.com', 'example.com'],
    ['Example.COM.', 'EXAMPLE.com'],
    ['a.example.com', 'example.com'],
    ['a.example.com', '.example.com'],
    ['a.example.com', '*.example.com'],
    ['example.com', 'x, example.com:443 y'],
    ['10.0.200.1', '10.0.0.0/16'],
    ['192.168.1.1', '192.168.1.1'],
    ['fd00::1', '[fd00::1]'],
    ['fd00::1', '[fd00::1]:443'],
    ['fd00::1', 'fd00::1'],
  ])('sends requests to %s directly, with NO_PROXY=%s', (host, noProxy) => {
    expect(choose(host, noProxy)).toBeUndefined();
  });

  test('has no proxy for http if only one for https is set', () => {
    expect(choose('example.com', '', 80, 'http:')).toBeUndefined();
  });
});
