import type { RuleInfo } from './rule-info.js';

/** The rules of function archives and runtimes. */
export const FUNCTION_RULES = {
  'function/no-archive': {
    rule: 'A function has an archive in the bundle.',
    severities: ['error'],
    reason: 'Without an archive, the function has no code.',
    fix: 'Add a .zip or .jar file with the name of the function; case matters.',
  },
  'function/ambiguous-archive': {
    rule: 'Exactly one archive matches a function, and it matches no other.',
    severities: ['error'],
    reason: 'The code of another function could be deployed.',
    fix: 'Keep one archive for each function, with the name of the function.',
  },
  'function/guessed-archive': {
    rule: 'An archive has the name of its function, not only a name that ends with it.',
    severities: ['warning'],
    reason: 'The archive may be that of something else.',
    fix: 'Rename the archive to the name of the function.',
  },
  'function/unused-archive': {
    rule: 'An archive belongs to a function of the manifest.',
    severities: ['warning'],
    reason: 'The archive is not deployed; a function may be missing in the manifest, or have another name.',
    fix: 'Give the archive the name of its function, or remove it.',
  },
  'function/empty-archive': {
    rule: 'A function archive contains files.',
    severities: ['error'],
    reason: 'AWS Lambda does not accept an empty archive.',
    fix: 'Zip the code of the function.',
  },
  'function/too-large': {
    rule: 'A function archive is within the limits, compressed and uncompressed.',
    severities: ['error'],
    reason: 'AWS Lambda accepts at most 262,144,000 bytes of code, uncompressed.',
    fix: 'Remove what the function does not need, such as development dependencies.',
  },
  'function/handler': {
    rule: 'A handler has the format of its runtime.',
    severities: ['error'],
    reason: 'The runtime cannot find the function, and each call fails.',
    fix: 'Write the handler as the message shows, such as index.handler.',
  },
  'function/entry-point': {
    rule: 'A function archive contains the file that its handler names or its runtime starts.',
    severities: ['error', 'note'],
    reason: 'The runtime cannot start the function, and each call fails.',
    fix: 'Correct the handler, or zip the content of the folder of the code instead of the folder.',
  },
  'function/not-readable': {
    rule: 'The files of a function are readable by all users.',
    severities: ['error', 'warning'],
    reason: 'AWS Lambda runs functions as a user who does not own the files.',
    fix: 'Run chmod a+r on the files before they are zipped.',
  },
  'function/not-executable': {
    rule: 'The program of a function is executable by all users.',
    severities: ['error'],
    reason: 'AWS Lambda cannot start the program.',
    fix: 'Run chmod 755 on the program, and zip it on Linux or macOS.',
  },
  'function/java-memory': {
    rule: 'A Java function has more memory than a new function gets by default.',
    severities: ['note'],
    reason:
      'Java starts slowly with little memory, and the server waits only 5 seconds when it installs an app.',
    fix: 'Deploy the function with 1024 MB or more.',
  },

  'runtime/unknown': {
    rule: 'A runtime is one that this version of appsctl knows.',
    severities: ['warning'],
    reason:
      'AWS Lambda refuses a runtime that does not exist; one that is newer than appsctl cannot be checked.',
    fix: 'Correct the name of the runtime, or ignore this if the runtime is new.',
  },
  'runtime/ending': {
    rule: 'AWS Lambda continues to accept a runtime for new functions.',
    severities: ['warning'],
    reason: 'After that day, a new version of the app cannot be deployed.',
    fix: 'Build the function for a newer runtime.',
  },
  'runtime/retired': {
    rule: 'AWS Lambda accepts a runtime for what is deployed.',
    severities: ['error', 'warning'],
    reason: 'AWS refuses new functions with the runtime, and later also updates.',
    fix: 'Build the function for a newer runtime; programs for go1.x can be migrated.',
  },
  'runtime/migrated': {
    rule: 'A Go program that is deployed on the successor of its retired runtime is reported.',
    severities: ['warning'],
    reason: 'The program runs on another version of Amazon Linux than it was built for.',
    fix: 'Test the app; build the function for provided.al2023 for the next version.',
  },
  'runtime/not-migratable': {
    rule: 'A Go program that is migrated can run on the successor of its runtime.',
    severities: ['error'],
    reason:
      'Only programs with aws-lambda-go 1.18 or later run on provided.al2023, and only if nothing else is named bootstrap.',
    fix: 'Build the function for provided.al2023 with a current aws-lambda-go.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;
