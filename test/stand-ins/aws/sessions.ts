import { createHmac, randomBytes } from 'node:crypto';
import type { Account } from './account.js';
import type { Role } from './iam-model.js';
import { newId, newSecret, newSessionKeyId } from './ids.js';

/** Temporary credentials of a role. */
export interface RoleSession {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` */
  arn: string;
  roleName: string;
  /** `AROA…:SESSION` */
  userId: string;
}

/** What a token of an identity provider says. */
export interface WebIdentity {
  /** The issuer's URL without `https://`, as in the ARN of the OIDC provider. */
  issuer: string;
  subject: string;
  audience: string;
}

/** The temporary credentials, MFA codes and web identities of an account. */
export class Sessions {
  private readonly sessions = new Map<string, RoleSession>();
  private readonly codes = new Map<string, string>();
  private readonly identities = new Map<string, WebIdentity>();

  constructor(private readonly account: Account) {}

  find(accessKeyId: string): RoleSession | undefined {
    return this.sessions.get(accessKeyId);
  }

  start(role: Role, name: string, seconds: number): RoleSession {
    const { account } = this;
    const session = {
      accessKeyId: newSessionKeyId(account.accountId),
      secretAccessKey: newSecret(),
      sessionToken: randomBytes(90).toString('base64'),
      expiration: new Date(account.now().getTime() + seconds * 1000),
      arn: `arn:${account.partition}:sts::${account.accountId}:assumed-role/${role.name}/${name}`,
      roleName: role.name,
      userId: `${role.id}:${name}`,
    };
    this.sessions.set(session.accessKeyId, session);
    return session;
  }

  /** Lets all temporary credentials expire now. */
  expire(): void {
    for (const session of this.sessions.values()) session.expiration = this.account.now();
  }

  /** The code that an MFA device shows now; the next one makes it invalid. */
  newMfaCode(serialNumber: string): string {
    const code = String(randomBytes(4).readUInt32BE() % 1_000_000).padStart(6, '0');
    this.codes.set(serialNumber, code);
    return code;
  }

  /** Whether a code is that of the device; each code is good for one request. */
  takeMfaCode(serialNumber: string, code: string): boolean {
    const isRight = this.codes.get(serialNumber) === code;
    if (isRight) this.codes.delete(serialNumber);
    return isRight;
  }

  /** A token in the form of a JWT, as an identity provider issues it. */
  issueToken(identity: WebIdentity): string {
    const { issuer, subject, audience } = identity;
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = { iss: `https://${issuer}`, sub: subject, aud: audience, jti: newId('') };
    const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    const token = `${text}.${createHmac('sha256', randomBytes(16)).update(text).digest('base64url')}`;
    this.identities.set(token, identity);
    return token;
  }

  identityOf(token: string): WebIdentity | undefined {
    return this.identities.get(token);
  }
}
