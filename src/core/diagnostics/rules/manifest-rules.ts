import type { RuleInfo } from './rule-info.js';

/** The rules of manifest.json. */
export const MANIFEST_RULES = {
  'manifest/missing': {
    rule: 'manifest.json is at the root of the bundle.',
    severities: ['error'],
    reason: 'The manifest says what the app is and which functions it has.',
    fix: 'Zip the content of the folder of the app, not the folder itself.',
  },
  'manifest/too-large': {
    rule: 'manifest.json is within the size limit.',
    severities: ['error'],
    reason: 'The Apps plugin does not accept larger manifests.',
    fix: 'Make the manifest smaller, for example the state of its calls.',
  },
  'manifest/json': {
    rule: 'manifest.json is strict JSON in UTF-8, without duplicate keys.',
    severities: ['error'],
    reason: 'The server does not read anything else, or reads duplicate keys in its own way.',
    fix: 'Correct the manifest at the line that the message names; JSON has no comments and no trailing commas.',
  },
  'manifest/type': {
    rule: 'A field has the JSON type that the Mattermost server expects.',
    severities: ['error'],
    reason: 'The server refuses a manifest in which a field has another type.',
    fix: 'Write the value with the type that the message names.',
  },
  'manifest/duplicate-key': {
    rule: 'A field does not appear twice in different case.',
    severities: ['error'],
    reason: 'The server does not distinguish case in keys, and would use the last one.',
    fix: 'Remove one of the keys.',
  },
  'manifest/unknown-field': {
    rule: 'A field of the manifest is one that the Mattermost server knows.',
    severities: ['warning'],
    reason: 'The server ignores other fields, so a misspelled one has no effect.',
    fix: 'Correct the name of the field, or remove it; only "$schema" may be added at the root.',
  },
  'manifest/required': {
    rule: 'A required field is present and not empty.',
    severities: ['error'],
    reason: 'The server refuses a manifest without the field.',
    fix: 'Add the field.',
  },
  'manifest/app-id': {
    rule: 'app_id has a valid length and valid characters.',
    severities: ['error'],
    reason: 'The server refuses other IDs: the ID is a part of names and URLs.',
    fix: 'Use 3 to 32 letters, digits, "-", "_" and ".", such as com.example.app.',
  },
  'manifest/version': {
    rule: 'version has a valid length and valid characters.',
    severities: ['error'],
    reason: 'The server refuses other versions: the version is a part of the names on AWS.',
    fix: 'Use at most 10 letters, digits, "-", "_" and ".", such as v1.2.3.',
  },
  'manifest/url': {
    rule: 'A URL is absolute and begins with http:// or https://.',
    severities: ['error'],
    reason: 'The server refuses other URLs.',
    fix: 'Write the whole URL, such as https://example.com.',
  },
  'manifest/icon': {
    rule: 'icon is a path below static/.',
    severities: ['error'],
    reason: 'The server refuses other icons: it does not load them from elsewhere.',
    fix: 'Put the image into static/ and write its path there, such as icon.png.',
  },
  'manifest/permission': {
    rule: 'A permission is requested together with the one that it depends on.',
    severities: ['error'],
    reason: 'The server refuses the one without the other.',
    fix: 'Add the permission that the message names.',
  },
  'manifest/unknown-permission': {
    rule: 'A requested permission is one that the Mattermost server knows.',
    severities: ['warning'],
    reason: 'The server accepts other names, and grants nothing for them.',
    fix: 'Correct the name of the permission.',
  },
  'manifest/unknown-location': {
    rule: 'A requested location begins with one that the Mattermost server knows.',
    severities: ['warning'],
    reason: 'The server accepts other locations, and shows no bindings there.',
    fix: 'Use /command, /channel_header, /post_menu or /in_post, or a path below one of them.',
  },
  'manifest/expand-level': {
    rule: 'A level in expand is one that the Mattermost server knows for the field.',
    severities: ['warning'],
    reason: 'The server refuses each call with an unknown level, and ignores one that a field does not have.',
    fix: 'Use id, summary or all, preceded by "+" if the call must fail without the data; leave out the field for none.',
  },
  'manifest/webhook-auth-type': {
    rule: 'remote_webhook_auth_type is one that the Mattermost server supports.',
    severities: ['warning'],
    reason:
      'With any other type, the server refuses all webhooks; "jwt" has a name, and was never implemented.',
    fix: 'Use secret, which is the default, or none.',
  },
  'manifest/deploy-type': {
    rule: 'The manifest has a section that says how the app is deployed, and "aws_lambda" for AWS.',
    severities: ['error'],
    reason: 'Without "aws_lambda", there are no functions that could be deployed.',
    fix: 'Add "aws_lambda" with the functions of the app.',
  },
  'manifest/function-count': {
    rule: 'The number of functions is within the limits.',
    severities: ['error'],
    reason: 'The server refuses a section without functions; too many would take too long to deploy.',
    fix: 'Add a function, or split the app into several apps.',
  },
  'manifest/duplicate-function': {
    rule: 'No two functions have the same name.',
    severities: ['error'],
    reason: 'They would have the same archive, and the same name on AWS.',
    fix: 'Give each function a name of its own.',
  },
  'manifest/function-path': {
    rule: 'The path of a function begins with a slash, and no earlier function has the same path.',
    severities: ['warning'],
    reason:
      'The server calls the first function with the longest path that begins the path of a call, and others never.',
    fix: 'Begin the path with "/", and give each function a path of its own.',
  },
  'manifest/call-path': {
    rule: 'A call has a path that begins with a slash, and that a function serves.',
    severities: ['warning'],
    reason:
      'The server finds no function for the call, which fails: during the installation, or when it is used.',
    fix: 'Correct the path, or add a function with a path that it begins with, such as "/".',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;
