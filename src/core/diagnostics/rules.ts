/**
 * The rules of app bundles, by id. The ids are stable: programs may depend on them. docs/bundle-rules.md lists them with
 * the limits and formats that they refer to.
 */
export const RULES = {
  // The zip of the bundle, and those of its functions.
  'zip/invalid': 'A bundle, like each function archive, is a zip file that all zip readers read alike.',
  'zip/too-large': 'A bundle stays within the limits on entries, central directory and uncompressed size.',
  'zip/damaged-entry': 'An entry matches its local file header, sizes and checksum.',
  'zip/unsupported-entry': 'An entry is a file or an empty folder, stored or deflated, and not encrypted.',
  'zip/link': 'An entry of a bundle is not a symbolic link; in a function archive, links are a warning.',
  'zip/unsafe-name': 'An entry has a relative path that is safe to extract on every system.',
  'zip/duplicate-entry':
    'No two entries have the same name; in a bundle, not even in another case or Unicode form.',
  'zip/ignored-entry':
    'An entry that is neither the manifest, an asset nor a function archive is not deployed.',

  'manifest/missing': 'manifest.json is at the root of the bundle.',
  'manifest/too-large': 'manifest.json is within the size limit.',
  'manifest/json': 'manifest.json is strict JSON in UTF-8, without duplicate keys.',
  'manifest/type': 'A field has the JSON type that the Mattermost server expects.',
  'manifest/duplicate-key': 'A field does not appear twice in different case.',
  'manifest/required': 'A required field is present and not empty.',
  'manifest/app-id': 'app_id has a valid length and valid characters.',
  'manifest/version': 'version has a valid length and valid characters.',
  'manifest/url': 'A URL is absolute and begins with http:// or https://.',
  'manifest/icon': 'icon is a path below static/.',
  'manifest/permission': 'A permission is requested together with the one that it depends on.',
  'manifest/deploy-type':
    'The manifest has a section that says how the app is deployed, and "aws_lambda" for AWS.',
  'manifest/function-count': 'The number of functions is within the limits.',
  'manifest/duplicate-function': 'No two functions have the same name.',

  'function/no-archive': 'A function has an archive in the bundle.',
  'function/ambiguous-archive': 'Exactly one archive matches a function, and it matches no other.',
  'function/guessed-archive': 'An archive has the name of its function, not only a name that ends with it.',
  'function/unused-archive': 'An archive belongs to a function of the manifest.',
  'function/empty-archive': 'A function archive contains files.',
  'function/too-large': 'A function archive is within the limits, compressed and uncompressed.',
  'function/handler': 'A handler has the format of its runtime.',
  'function/entry-point':
    'A function archive contains the file that its handler names or its runtime starts.',
  'function/not-readable': 'The files of a function are readable by all users.',
  'function/not-executable': 'The program of a function is executable by all users.',

  'runtime/unknown': 'A runtime is one that this version of appsctl knows.',
  'runtime/ending': 'AWS Lambda continues to accept a runtime for new functions.',
  'runtime/retired': 'AWS Lambda accepts a runtime for what is deployed.',
  'runtime/migrated': 'A Go program that is deployed on the successor of its retired runtime is reported.',
  'runtime/not-migratable': 'A Go program that is migrated can run on the successor of its runtime.',

  'asset/too-large': 'An asset is within the size limit.',
  'asset/duplicate-key': 'No two assets have the same S3 key.',

  'aws/function-name': 'The Lambda name of a function is valid.',
  'aws/duplicate-function-name': 'No two functions have the same Lambda name.',
  'aws/s3-key': 'An S3 key is within the length limit.',

  'install/app-id': "app_id can be the username of the app's bot, and is not reserved.",
  'install/oauth-app': 'Name, home page and description fit into the OAuth 2.0 app of an installation.',
  'install/icon': 'icon is the path of an asset, directly in static/.',

  'package/layout': 'The manifest is a file, and the assets are in a folder.',
  'package/no-code':
    'A function has a folder or an archive with its name, or appsctl.json says where its code is.',
  'package/duplicate-code': 'A function has only one folder or archive.',
  'package/unknown-function': 'A function in appsctl.json is in the manifest.',
  'package/missing-dependency': 'A function contains the packages that its package.json names.',
  'package/dev-dependencies': 'A function contains no packages that only development needs.',
  'package/left-out': 'A file or folder that is not part of the app is left out of the bundle.',
  'package/secret': 'A file that usually contains secrets is not part of the app.',
} as const;

/** The id of a rule. */
export type Rule = keyof typeof RULES;
