/** Where a server listens. */
export interface ListenAddress {
  /** A name or an address; undefined for all addresses of this machine. */
  readonly host: string | undefined;
  /** 0 for any free port. */
  readonly port: number;
}

/** What a valid address is, with its article. */
export const LISTEN_ADDRESS_FORM = 'an address such as 0.0.0.0:9464, [::]:9464 or :9464';

/** Parses an address as it is written in a URL; without a host, for all addresses. Undefined if it is not valid. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, name, port = ''] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) return undefined;
  return { host: bracketed ?? (name || undefined), port: Number(port) };
}
