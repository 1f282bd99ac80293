import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { Environment } from '../core/environment.js';
import { readProxies } from '../core/http/proxy.js';

/** The agents for requests to http and https URLs. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** How requests leave this machine: through which proxies, and which certificates they trust. */
export interface HttpNetwork {
  /** The URLs of the proxies, without passwords. */
  readonly proxies: readonly string[];
  /** @param maxSockets the number of connections to one host */
  createAgents(maxSockets: number): Agents;
}

/**
 * Reads how requests leave this machine from HTTP_PROXY, HTTPS_PROXY, NO_PROXY and the file of certificates.
 *
 * @param env the environment variables
 * @param caBundle a file with certificates to trust in addition to those that Node.js trusts
 * @returns undefined for direct connections and the certificates that Node.js trusts
 * @throws AppsctlError INVALID_VARIABLE
 */
export async function openNetwork(
  env: Environment,
  caBundle: string | undefined = env['AWS_CA_BUNDLE'],
): Promise<HttpNetwork | undefined> {
  const settings = readProxies(env);
  if (settings === undefined && !caBundle) return undefined;
  const [{ ProxyHttpAgent, ProxyHttpsAgent }, ca] = await Promise.all([
    import('./proxy-agents.js'),
    caBundle
      ? import('./trusted-certificates.js').then((files) => files.readTrusted(caBundle, env))
      : undefined,
  ]);
  const proxies = [settings?.https, settings?.http].flatMap((proxy) => proxy?.url ?? []);
  return {
    proxies: [...new Set(proxies)],
    createAgents(maxSockets) {
      const options = { keepAlive: true, maxSockets, ...(ca !== undefined && { ca }) };
      return {
        http: new ProxyHttpAgent(options, settings),
        https: new ProxyHttpsAgent(options, settings),
      };
    },
  };
}
