import { randomBytes } from 'node:crypto';

export interface Account {
  id: string;
  username: string;
  roles: string;
  token: string;
}

export type Authorization = 'admin' | 'user' | 'none' | 'wrong';

/** The two people on the server. Ids and tokens have 26 characters, as Mattermost's have. */
export class Accounts {
  readonly admin: Account = createAccount('admin', 'system_admin system_user');
  readonly user: Account = createAccount('user', 'system_user');

  /** Who sends a request, by its Authorization header: `BEARER token`, the scheme in any case. */
  authorization(header: string | undefined): Authorization {
    if (header === undefined) {
      return 'none';
    }
    const token = /^bearer\s+(\S+)\s*$/i.exec(header)?.[1];
    if (token === this.admin.token) {
      return 'admin';
    }
    return token === this.user.token ? 'user' : 'wrong';
  }
}

function createAccount(username: string, roles: string): Account {
  return { id: randomBytes(13).toString('hex'), username, roles, token: randomBytes(13).toString('hex') };
}
