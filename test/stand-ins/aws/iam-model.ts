/** What IAM stores. Names are the keys of the maps in Account; `members` and `attached` hold names and ARNs. */

export interface AccessKey {
  id: string;
  secret: string;
  active: boolean;
  createDate: Date;
  lastUsed: { date: Date; service: string; region: string } | undefined;
}

/** What users, groups and roles have in common: policies. */
export interface PolicyOwner {
  name: string;
  path: string;
  id: string;
  arn: string;
  createDate: Date;
  /** Inline documents by policy name. */
  inline: Map<string, string>;
  /** ARNs of managed policies. */
  attached: Set<string>;
}

/** A credential of a user, other than an access key. */
export interface UserCredential {
  createDate: Date;
  /** The service that a service-specific credential is for. */
  service: string | undefined;
}

export interface User extends PolicyOwner {
  accessKeys: AccessKey[];
  /** The password for the console. */
  loginProfile: { createDate: Date } | undefined;
  /** By id. */
  sshKeys: Map<string, UserCredential>;
  certificates: Map<string, UserCredential>;
  serviceCredentials: Map<string, UserCredential>;
  /** ARN of its permissions boundary. */
  boundary: string | undefined;
  tags: Map<string, string>;
}

/** A virtual MFA device. */
export interface MfaDevice {
  serialNumber: string;
  /** The user for whom it is enabled. */
  userName: string | undefined;
  enableDate: Date | undefined;
}

export interface InstanceProfile {
  name: string;
  id: string;
  createDate: Date;
  roleName: string | undefined;
}

export interface Group extends PolicyOwner {
  members: Set<string>;
}

export interface Role extends PolicyOwner {
  trustPolicy: string;
  /** ARN of its permissions boundary, which is stored and not evaluated. */
  boundary: string | undefined;
  description: string | undefined;
  maxSessionDuration: number;
  tags: Map<string, string>;
  /** How many more times Lambda says that it cannot assume this role. */
  refusalsLeft: number;
}

export interface PolicyVersion {
  id: string;
  document: string;
  createDate: Date;
}

export interface Policy {
  arn: string;
  name: string;
  path: string;
  id: string;
  description: string | undefined;
  createDate: Date;
  updateDate: Date;
  versions: PolicyVersion[];
  defaultVersion: string;
  /** Numbers are never given twice. */
  nextVersion: number;
  awsManaged: boolean;
  tags: Map<string, string>;
}
