import type { RuleInfo } from './rule-info.js';

/** The rules of assets, of names on AWS, of installations, of folders that are packaged, and of bundles that are unpacked. */
export const DEPLOYMENT_RULES = {
  'asset/too-large': {
    rule: 'An asset is within the size limit.',
    severities: ['error'],
    reason: 'The server loads each asset into its memory.',
    fix: 'Make the file smaller, or serve it from elsewhere.',
  },
  'asset/duplicate-key': {
    rule: 'No two assets have the same S3 key.',
    severities: ['error'],
    reason: 'Spaces in paths become dashes, so one asset would replace the other.',
    fix: 'Rename one of the files.',
  },

  'aws/function-name': {
    rule: 'The Lambda name of a function is valid.',
    severities: ['error'],
    reason: 'AWS refuses the function; the server computes the same name, so it cannot be changed.',
    fix: 'Shorten the name or the app ID, and use only A-Z, a-z, 0-9, "-" and "_".',
  },
  'aws/duplicate-function-name': {
    rule: 'No two functions have the same Lambda name.',
    severities: ['error'],
    reason: 'Spaces in names become dashes, so one function would replace the other.',
    fix: 'Rename one of the functions.',
  },
  'aws/s3-key': {
    rule: 'An S3 key is within the length limit.',
    severities: ['error'],
    reason: 'S3 refuses longer keys.',
    fix: 'Shorten the path of the file.',
  },

  'install/app-id': {
    rule: "app_id can be the username of the app's bot, and is not reserved.",
    severities: ['error'],
    reason:
      'The server creates a bot with this username; it would fail, or take over the account of another bot.',
    fix: 'Choose another ID.',
  },
  'install/oauth-app': {
    rule: 'Name, home page and description fit into the OAuth 2.0 app of an installation.',
    severities: ['warning'],
    reason: 'The server creates an OAuth 2.0 app with these fields when the app is first installed.',
    fix: 'Shorten the field, and write the scheme of the URL in lower case.',
  },
  'install/icon': {
    rule: 'icon is the path of an asset, directly in static/.',
    severities: ['error', 'warning'],
    reason: 'The server loads the icon of every app during the installation, which fails without it.',
    fix: 'Put the image directly into static/, and write its name as it is.',
  },

  'settings/invalid': {
    rule: 'The settings file has known keys and valid values.',
    severities: ['error'],
    reason:
      'A misspelled key would have no effect, and AWS Lambda refuses invalid values after other changes.',
    fix: 'Correct the key or the value; with $schema in the file, editors complete and check it.',
  },

  'package/layout': {
    rule: 'The manifest is a file, and the assets are in a folder.',
    severities: ['error'],
    reason: 'The bundle would have no manifest or no assets.',
    fix: 'Rename what has the name of the manifest or of the assets, or name other paths in appsctl.json.',
  },
  'package/no-code': {
    rule: 'A function has a folder or an archive with its name, or appsctl.json says where its code is.',
    severities: ['error'],
    reason: 'Without code, the function cannot be deployed.',
    fix: 'Add the folder or the archive, or name the code in appsctl.json. If a build makes it, run the build first.',
  },
  'package/duplicate-code': {
    rule: 'A function has only one folder or archive.',
    severities: ['error'],
    reason: 'It is not clear which of them is the code of the function.',
    fix: 'Remove all but one.',
  },
  'package/unknown-function': {
    rule: 'A function in appsctl.json is in the manifest.',
    severities: ['error'],
    reason: 'Its settings would have no effect.',
    fix: 'Correct its name, or remove it.',
  },
  'package/unreadable': {
    rule: 'What is packaged is a regular file or a folder, can be read, and has a name in UTF-8.',
    severities: ['error'],
    reason: 'The bundle would not contain all of the app.',
    fix: 'Correct the permissions or the name, or move the file out of the folder.',
  },
  'package/link': {
    rule: 'A link points into the folder of the app, or in node_modules to a package of its workspace.',
    severities: ['error'],
    reason: 'A link out of the folder could point to anything, and to something else on another machine.',
    fix: 'Replace the link with what it points to.',
  },
  'package/linked-packages': {
    rule: 'Packages that are linked can be placed in the archive of a function without links.',
    severities: ['error'],
    reason: 'Packages whose versions conflict are nested, at worst without end.',
    fix: 'Install the packages without links; with pnpm, set node-linker=hoisted.',
  },
  'package/missing-dependency': {
    rule: 'A function contains the packages that its package.json names.',
    severities: ['warning'],
    reason: 'The function fails when it loads a package that is not in its archive.',
    fix: 'Install the packages before packaging, or name node_modules in the code of the function in appsctl.json.',
  },
  'package/dev-dependencies': {
    rule: 'A function contains no packages that only development needs.',
    severities: ['warning'],
    reason: 'Large archives take longer to upload and to start, and AWS Lambda limits their size.',
    fix: 'Install only the production dependencies before packaging, such as with npm prune --omit=dev.',
  },
  'package/bundling': {
    rule: 'esbuild bundles the code of a function without errors and warnings.',
    severities: ['error', 'warning'],
    reason: 'Code with errors cannot be bundled; with warnings, it may not do what the source does.',
    fix: 'Correct the code at the position that the message names, or install what it imports.',
  },
  'package/left-out': {
    rule: 'A file or folder that is not part of the app is left out of the bundle.',
    severities: ['note'],
    reason: 'Only the manifest, assets and functions are deployed.',
    fix: 'Move files that the app needs into static/ or the folder of a function.',
  },
  'package/secret': {
    rule: 'A file that looks like one with secrets is not part of the app.',
    severities: ['warning'],
    reason: 'Everyone with the bundle could read the secrets, and for assets all users.',
    fix: 'Remove the file from the folder, and set secrets as environment variables.',
  },

  'unpack/file-name': {
    rule: 'Functions and assets of a bundle that is unpacked have file names that every system allows, each its own.',
    severities: ['error'],
    reason:
      'Windows reserves names and characters, and on many systems names that differ only in case are the same.',
    fix: 'Rename the function or the asset.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;
