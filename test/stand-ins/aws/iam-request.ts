import type { Account, IAM_TABLES, Snapshot } from './account.js';
import { copyOf } from './copy.js';
import { AwsError } from './errors.js';
import type { Caller } from './exchange.js';
import type { Group, InstanceProfile, MfaDevice, Policy, Role, User } from './iam-model.js';
import { type Page, pageOf } from './paging.js';
import type { XmlValue } from './xml.js';

type IamTable = (typeof IAM_TABLES)[number];

export type IamFields = { readonly [name: string]: XmlValue };

type Entry<Name extends IamTable> = Snapshot[Name] extends Map<string, infer Value> ? Value : never;

/** One operation of IAM: what it is about, and what it does. */
export interface IamOperation {
  resource(request: IamRequest): string;
  act(request: IamRequest, caller: Caller): IamFields | undefined;
}

/** The form fields of a Query request, and the ways to fail that all operations share. */
export class IamRequest {
  readonly account: Account;
  readonly parameters: URLSearchParams;
  private before: Snapshot<IamTable> | undefined;

  constructor(account: Account, parameters: URLSearchParams) {
    this.account = account;
    this.parameters = parameters;
  }

  /** From now on, whatever this request looks up is copied into the snapshot, because it may be about to change. */
  keepIn(before: Snapshot<IamTable>): void {
    this.before = before;
  }

  optional(name: string): string | undefined {
    return this.parameters.get(name) ?? undefined;
  }

  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw constraint('null', name, 'Member must not be null');
    if (value === '') throw constraint('', name, 'Member must have length greater than or equal to 1');
    return value;
  }

  /** A name for something new. */
  newName(name: string, longest: number): string {
    const value = this.required(name);
    if (value.length > longest) {
      throw constraint(value, name, `Member must have length less than or equal to ${longest}`);
    }
    if (!/^[\w+=,.@-]+$/.test(value)) {
      throw new AwsError(
        400,
        'ValidationError',
        `The specified value for ${parameterName(name)} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
      );
    }
    return value;
  }

  path(): string {
    const path = this.optional('Path') ?? '/';
    if (path.length > 512 || !/^\/(?:[\u0021-\u007e]+\/)?$/.test(path)) {
      throw new AwsError(
        400,
        'ValidationError',
        'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
      );
    }
    return path;
  }

  user(name = this.required('UserName')): User {
    return this.find('users', name) ?? missing(`The user with name ${name} cannot be found.`);
  }

  group(name = this.required('GroupName')): Group {
    return this.find('groups', name) ?? missing(`The group with name ${name} cannot be found.`);
  }

  role(name = this.required('RoleName')): Role {
    return this.find('roles', name) ?? missing(`The role with name ${name} cannot be found.`);
  }

  policy(arn = this.required('PolicyArn')): Policy {
    if (arn.length < 20 || !arn.startsWith('arn:')) {
      throw new AwsError(400, 'InvalidInput', `ARN ${arn} is not valid.`);
    }
    return this.find('policies', arn) ?? missing(`Policy ${arn} was not found.`);
  }

  mfaDevice(serialNumber = this.required('SerialNumber')): MfaDevice {
    return (
      this.find('mfaDevices', serialNumber) ??
      missing(`MFA Device with serial number ${serialNumber} does not exist.`)
    );
  }

  instanceProfile(name = this.required('InstanceProfileName')): InstanceProfile {
    return this.find('instanceProfiles', name) ?? missing(`Instance Profile ${name} cannot be found.`);
  }

  private find<Name extends IamTable>(table: Name, key: string): Entry<Name> | undefined {
    const tables: Snapshot<IamTable> = this.account;
    const found = (tables[table] as Map<string, Entry<Name>>).get(key);
    const before = this.before?.[table] as Map<string, Entry<Name>> | undefined;
    if (found !== undefined && before?.get(key) === found) before.set(key, copyOf(found));
    return found;
  }

  page<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Page<Item> {
    const asked = this.optional('MaxItems');
    if (asked !== undefined && !(Number(asked) >= 1 && Number(asked) <= 1000)) {
      throw constraint(asked, 'MaxItems', 'Member must have value between 1 and 1000');
    }
    // IAM returns 100 by default; a client can ask for up to 1000.
    const size = this.account.limit(Number(asked ?? 100), 1000);
    return pageOf(items, keyOf, this.optional('Marker'), size);
  }

  tags(): Map<string, string> {
    const tags = new Map<string, string>();
    for (let n = 1; this.parameters.has(`Tags.member.${n}.Key`); n++) {
      tags.set(this.required(`Tags.member.${n}.Key`), this.optional(`Tags.member.${n}.Value`) ?? '');
    }
    return tags;
  }
}

export function listing<Item>(page: Page<Item>, name: string, show: (item: Item) => XmlValue): IamFields {
  return { [name]: page.items.map(show), IsTruncated: page.next !== undefined, Marker: page.next };
}

export function tagFields(tags: ReadonlyMap<string, string>): XmlValue {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** IAM finds two names equal that differ in case only. */
export function isTaken(names: Iterable<string>, name: string): boolean {
  return [...names].some((other) => other.toLowerCase() === name.toLowerCase());
}

export function missing(message: string): never {
  throw new AwsError(404, 'NoSuchEntity', message);
}

export function conflict(message: string): AwsError {
  return new AwsError(409, 'DeleteConflict', message);
}

export function exists(message: string): AwsError {
  return new AwsError(409, 'EntityAlreadyExists', message);
}

export function limitExceeded(message: string): AwsError {
  return new AwsError(409, 'LimitExceeded', message);
}

function constraint(value: string, name: string, message: string): AwsError {
  const shown = value === 'null' ? 'Value null' : `Value '${value}'`;
  return new AwsError(
    400,
    'ValidationError',
    `1 validation error detected: ${shown} at '${parameterName(name)}' failed to satisfy constraint: ${message}`,
  );
}

function parameterName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
