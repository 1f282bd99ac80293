import type { ServiceName } from './options.js';

/** A request as it came over the wire, before any decoding of path and query. */
export interface IncomingCall {
  method: string;
  /** Percent-encoded, without the query: dots and double slashes are not normalized. */
  rawPath: string;
  /** Decoded names and values, in the order sent. */
  query: ReadonlyArray<readonly [name: string, value: string]>;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** When its head and when all of it had arrived, by the server's clock in milliseconds since 1970. */
  headAt: number;
  wholeAt: number;
  /** How many PUTs of objects were in flight when it arrived, including itself; 0 if it is not one. */
  putsAtOnce: number;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** What the conditions of a policy can ask about a request, by condition key in lower case. */
export type ConditionContext = Readonly<Record<string, string>>;

export interface Permission {
  action: string;
  resource: string;
  context?: ConditionContext;
}

/** Who calls. `refusal` returns why something is not allowed, `demand` throws it as the service's error. */
export interface Caller {
  arn: string;
  userName: string | undefined;
  /** Of a user, or of a role and its session; the number of the account for the root user. */
  userId: string;
  accessKeyId: string;
  allows(permission: Permission): boolean;
  refusal(permission: Permission): string | undefined;
  demand(permission: Permission): void;
}

/** A request that its service understood: known by name, not acted on yet. */
export interface Operation {
  service: ServiceName;
  name: string;
  /** The ARN that the request is about. */
  resource: string;
  /** Whether it only reads. */
  reads: boolean;
  /** The bucket that must exist for the request. */
  bucket?: string | undefined;
  /** Throws the errors that the service finds before it checks permissions. */
  check?: (() => void) | undefined;
  /** All of them must be allowed. */
  needs: readonly Permission[];
  act(caller: Caller): Answer | Promise<Answer>;
}

export function queryValue(call: IncomingCall, name: string): string | undefined {
  return call.query.find(([key]) => key === name)?.[1];
}

export function header(call: IncomingCall, name: string): string | undefined {
  return call.headers[name];
}

/** Text with an invalid percent-encoding is not decoded: no signature and no key matches it. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
