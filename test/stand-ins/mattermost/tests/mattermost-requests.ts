import type { LocalMattermost } from '../index.js';

export const PLUGIN = '/plugins/com.mattermost.apps/api/v1';

export interface Answer {
  status: number;
  contentType: string | null;
  text: string;
}

/** Sends a request; without a token there is no Authorization header. */
export async function send(
  mattermost: LocalMattermost,
  method: string,
  path: string,
  token?: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(mattermost.siteUrl + path, {
    method,
    ...(token === undefined ? {} : { headers: { Authorization: `BEARER ${token}` } }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    text: (await response.text()).replace(/\n$/, ''),
  };
}

/** A POST to the plugin, by the administrator unless another token is given. */
export function post(
  mattermost: LocalMattermost,
  endpoint: string,
  body: unknown,
  token = mattermost.adminToken,
): Promise<Answer> {
  return send(mattermost, 'POST', `${PLUGIN}/${endpoint}`, token, body);
}

/** A GET of the plugin, by the administrator unless another token is given; the answer is JSON. */
export async function get(
  mattermost: LocalMattermost,
  endpoint: string,
  token = mattermost.adminToken,
): Promise<unknown> {
  return JSON.parse((await send(mattermost, 'GET', `${PLUGIN}/${endpoint}`, token)).text);
}

export function manifest(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    app_id: 'com.example.hello',
    version: 'v1.0.0',
    homepage_url: 'https://example.com/hello',
    display_name: 'Hello',
    aws_lambda: { functions: [awsFunction('hello', '/')] },
    ...changes,
  };
}

export function awsFunction(name: string, path: string): Record<string, string> {
  return { path, name, handler: 'index.handler', runtime: 'nodejs22.x' };
}
