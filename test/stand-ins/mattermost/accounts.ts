import { randomBytes } from 'node:crypto';

/** A person or a bot. */
export interface User {
  readonly id: string;
  readonly username: string;
  displayName: string;
  readonly roles: string;
  readonly isBot: boolean;
  /** Bots are deactivated when their app is disabled or uninstalled. */
  isActive: boolean;
  /** Whether multi-factor authentication is set up; bots need none. */
  readonly hasMfa: boolean;
}

/** Whose token a request has: the log of requests says it so. */
export type Authorization = 'admin' | 'user' | 'bot' | 'none' | 'wrong';

/** Ids, tokens and secrets have 26 characters, as Mattermost's have. */
export function newId(): string {
  return randomBytes(13).toString('hex');
}

const ADMIN_ROLES = 'system_admin system_user';
const USER_ROLES = 'system_user';

/** The people and bots on the server, and their tokens. */
export class Accounts {
  readonly admin = createUser('admin', { roles: ADMIN_ROLES });
  readonly user = createUser('user');
  /** A bot that an administrator has made for deployments. */
  readonly deployBot = createUser('deploy-bot', { roles: ADMIN_ROLES, isBot: true });
  /** The bot of the Apps plugin itself. */
  readonly appsBot = createUser('appsbot', { isBot: true });

  readonly #users = new Map<string, User>();
  /** User ids by token. */
  readonly #sessions = new Map<string, string>();

  constructor() {
    const { admin, user, deployBot, appsBot } = this;
    for (const account of [admin, user, deployBot, appsBot, createUser('system-bot', { isBot: true })]) {
      this.add(account);
    }
  }

  add(user: User): void {
    this.#users.set(user.username, user);
  }

  /** Bots that apps have got. */
  get bots(): User[] {
    return [...this.#users.values()].filter((user) => user.isBot);
  }

  named(username: string): User | undefined {
    return this.#users.get(username);
  }

  withId(id: string): User | undefined {
    return [...this.#users.values()].find((user) => user.id === id);
  }

  /** The token of a user, always the same. */
  tokenOf(user: User): string {
    for (const [token, id] of this.#sessions) {
      if (id === user.id) {
        return token;
      }
    }
    const token = newId();
    this.#sessions.set(token, user.id);
    return token;
  }

  /** Who sends a request, by its Authorization header: `BEARER token`, the scheme in any case, one space. */
  sender(header: string | undefined): User | undefined {
    const token = /^bearer (.*)$/i.exec(header ?? '')?.[1];
    const id = token === undefined ? undefined : this.#sessions.get(token);
    return id === undefined ? undefined : this.withId(id);
  }

  authorization(header: string | undefined): Authorization {
    const sender = this.sender(header);
    if (sender === undefined) {
      return header === undefined ? 'none' : 'wrong';
    }
    return sender.isBot ? 'bot' : isAdmin(sender) ? 'admin' : 'user';
  }
}

export function isAdmin({ roles }: User): boolean {
  return roles.split(' ').includes('system_admin');
}

export function createUser(username: string, details: Partial<User> = {}): User {
  return {
    id: newId(),
    username,
    displayName: username,
    roles: USER_ROLES,
    isBot: false,
    isActive: true,
    hasMfa: false,
    ...details,
  };
}
