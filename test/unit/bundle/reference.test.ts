import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openBundle } from '../../../src/bundle/open-bundle.js';
import { terraformData } from '../../../src/core/deploy/terraform-data.js';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import { encodeManifest } from '../../../src/core/manifest/encode.js';

interface Case {
  readonly bundle: string;
  readonly accepted: boolean;
  readonly terraform_data?: string;
  readonly uploaded_manifest?: string;
  /** Why the Go tool refuses it. */
  readonly error?: string;
}

/** Bundles of which the Go tool says otherwise, and why that is meant. */
const DIFFERENCES: Readonly<Record<string, RegExp>> = {
  'dup-manifest-second-bad.zip': /manifest\.json: stands twice/,
  'json-dup-functions-merge.zip': /the key "aws_lambda" appears twice/,
  'json-dup-lambda-null.zip': /the key "aws_lambda" appears twice/,
  'json-dupkeys-case.zip': /version: stands twice, as "version" and "VERSION"/,
  'json-invalid-utf8.zip': /not valid UTF-8/,
  'match-dup-bundles-zip-jar.zip': /fn: could be any of fn\.zip, fn\.jar/,
  'match-static-zip.zip': /fn: has no archive/,
  'static-space-collision.zip': /gets the same S3 key/,
  'static-weird.zip': /has 5 errors/,
  'v-bigmanifest.zip': /over the limit of 1048576/,
};

/** The places that an error of the Go tool is about, by its words. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/can't get zip reader/, 'zip'],
  [/can't read manifest\.json|no manifest found/, 'manifest.json'],
  [
    /: (?:unexpected end of JSON input|invalid character .* (?:literal|top-level value|beginning of value))$/,
    'manifest.json',
  ],
  [/into Go value of type apps\.Manifest/, 'manifest.json'],
  [/Go struct field Manifest\.bindings of type apps\.ExpandLevel/, 'bindings.expand.app'],
  [/Go struct field Manifest\.(\w+) of type (?!apps\.ExpandLevel)/, '$1'],
  [/Go struct field AWSLambdaFunction\.aws_lambda\.functions\.(\w+)/, 'aws_lambda.functions[0].$1'],
  [/\* appID |in appID /, 'app_id'],
  [/\* version |in appVersion/, 'version'],
  [/\* (display_name|homepage_url) /, '$1'],
  [/\* invalid root_url/, 'http.root_url'],
  [/\* (?:bad path|empty path)/, 'icon'],
  [/requires use Mattermost REST API/, 'requested_permissions'],
  [/at least 1 function in aws_lambda/, 'aws_lambda.functions'],
  [/at least 1 function: /, 'open_faas.functions'],
  [/\* aws_lambda (\w+) must not be empty/, 'aws_lambda.functions[0].$1'],
  [/invalid OpenFaaS function: (\w+) must not be empty/, 'open_faas.functions[0].$1'],
  [/\* (plugin)_id must be set/, '$1.plugin_id'],
  [/"aws_lambda" is not present/, 'aws_lambda'],
  [/\* function \{\S+ (\S+) .* was not found in the bundle/, '$1'],
];

function placesIn(error: string): string[] {
  const places = error
    .trim()
    .split('\n')
    .flatMap((line) =>
      PLACES.flatMap(([pattern, place]) => {
        const match = pattern.exec(line);
        return match === null ? [] : [place.replace('$1', match[1] ?? '')];
      }),
    );
  return [...new Set(places)].sort();
}

/** Its function archive is damaged, which is the business of a deployment: only directory and manifest are read. */
const UNREAD = 'corrupt-fn-lochdr.zip';

const folder = fileURLToPath(new URL('../../fixtures/reference', import.meta.url));
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8')) as Case[];

async function deploymentOf(name: string): Promise<{ terraform_data: string; uploaded_manifest: string }> {
  const bundle = await openBundle(`${folder}/bundles/${name}`);
  try {
    const uploaded = Buffer.from(encodeManifest(bundle.manifest)).toString();
    return { terraform_data: terraformData(bundle), uploaded_manifest: uploaded };
  } finally {
    await bundle.close();
  }
}

describe('what the Go tool says of a bundle', () => {
  test.each(cases.filter(({ bundle }) => DIFFERENCES[bundle] === undefined && bundle !== UNREAD))(
    '$bundle',
    async (reference) => {
      if (!reference.accepted) {
        const error: unknown = await deploymentOf(reference.bundle).catch((thrown: unknown) => thrown);
        if (!(error instanceof AppsctlError)) throw error;
        const found = error.findings
          .filter(({ severity }) => severity === 'error')
          .map(({ location }) => location);
        const expected = placesIn(reference.error ?? '');
        expect(expected).not.toEqual([]);
        // What the Go tool overlooks is an unsafe name.
        if (reference.bundle === 'dot-manifest.zip') expected.unshift('./manifest.json');
        expect(
          [...new Set(found.map((place) => (place.endsWith(reference.bundle) ? 'zip' : place)))].sort(),
        ).toEqual(expected);
        return;
      }
      const { terraform_data, uploaded_manifest } = reference;
      expect(await deploymentOf(reference.bundle)).toEqual({ terraform_data, uploaded_manifest });
    },
  );

  test.each(Object.entries(DIFFERENCES))('%s differs on purpose', async (bundle, expected) => {
    const error = await deploymentOf(bundle).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppsctlError);
    expect((error as AppsctlError).message).toMatch(expected);
  });

  test(`${UNREAD} differs on purpose`, async () => {
    expect(await deploymentOf(UNREAD)).toMatchObject({
      terraform_data:
        '{\n\t"static_files": {},\n\t"lambda_functions": {\n\t\t"fn": {\n\t\t\t"name": "com-example-app_1-0-0_fn",\n\t\t\t"handler": "index.handler",\n\t\t\t"runtime": "nodejs18.x"\n\t\t}\n\t},\n\t"manifest_key": "manifests/com.example.app_1.0.0.json"\n}\n',
    });
  });
});
