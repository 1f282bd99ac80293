/** Texts of removals and rollbacks. */

export const REMOVE = {
  /** How the message for an app or a version that is not deployed goes on. */
  notDeployed: 'is not deployed',
  versionMissing: (app: string, version: string) => `version ${version} of app ${app} is not deployed`,
  appMissing: (app: string, bucket: string) =>
    `app ${app} is not deployed: bucket ${bucket} has no manifest of it`,
  installed: (app: string, version: string, siteUrl: string) =>
    `version ${version} of app ${app} is installed in ${siteUrl}: without its functions it would not respond any more`,
  ambiguous: (app: string, count: number) =>
    `${count} versions of app ${app} are deployed; name the one to remove:`,
  cannotBeUndone: (app: string, version: string) =>
    `removing app ${app} ${version} from AWS cannot be undone`,
  /** A deployment of the same version. */
  beingRemoved: (app: string, version: string) =>
    `version ${version} of app ${app} is being removed, or its removal was interrupted`,
  removedMeanwhile: (app: string, version: string) =>
    `version ${version} of app ${app} was removed meanwhile`,
  deployedAgain: (app: string, version: string) =>
    `version ${version} of app ${app} was deployed again meanwhile`,
  unlisted: (app: string, version: string) => `Mattermost still lists ${app} ${version}`,
  /** @param first the key of an object, and how many more there are */
  versionsLeft: (first: string) => `versions of ${first} stay in the bucket`,
  policyMissing: (name: string, flag: string) =>
    `policy ${name} does not exist: if another one allows the server to invoke the functions, name it with ${flag}`,
  serverUnknown: 'it is not known whether the app is installed in Mattermost',
  notComplete: (app: string, version: string) => `version ${version} of app ${app} is not complete on AWS:`,
} as const;

/** Parameters are the names of options, flags and commands. */
export const REMOVE_HINT = {
  uninstall: (flag: string) => `install another version, or uninstall the app with ${flag}`,
  finish: (command: string, again: string) => `finish it with: ${command}, then ${again}`,
} as const;
