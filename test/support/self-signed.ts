import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A key and a self-signed certificate for 127.0.0.1, valid from 2020 to 2119. They are used for nothing else. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnVMa+ONB4mBK5TbS
0MT+Ua/rRTb0UfrhljbL55ZGvBChRANCAARmLxSaOY0dUJAX86UJ3iUJDquxIfdt
1U4w+2BKpTwpa8KBBWNlsn8ti6NoXX31cZAby1zbW8WaM7S8joUbmtk9
-----END PRIVATE KEY-----
`;
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBKjCB0qADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCTEyNy4wLjAu
MTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJ
MTI3LjAuMC4xMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZi8UmjmNHVCQF/Ol
Cd4lCQ6rsSH3bdVOMPtgSqU8KWvCgQVjZbJ/LYujaF199XGQG8tc21vFmjO0vI6F
G5rZPaMTMBEwDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNHADBEAiAeVvw0
xnANX6FBHYc1SVM72YEQB/YSnio1/8ZMH9wuuwIgIT36fpEbn7HQGPGoJff/aQ7/
vW+Lk2F2R33l0/LIj1E=
-----END CERTIFICATE-----
`;

/**
 * Starts an HTTPS server with a self-signed certificate for the running test, and returns its URL.
 *
 * @param respond responds to each request; with an empty body by default
 */
export async function startSelfSignedServer(
  respond: RequestListener = (_, response) => void response.end(),
): Promise<string> {
  const server = createServer({ key: KEY, cert: CERTIFICATE }, respond);
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
