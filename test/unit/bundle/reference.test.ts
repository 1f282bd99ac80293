import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openBundle } from '../../../src/bundle/open-bundle.js';
import { encodeTerraformData } from '../../../src/core/deploy/terraform-data.js';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import type { Rule } from '../../../src/core/diagnostics/rules.js';
import { encodeManifest } from '../../../src/core/manifest/encode.js';

interface Case {
  readonly bundle: string;
  readonly accepted: boolean;
  readonly terraform_data?: string;
  readonly uploaded_manifest?: string;
  /** Why the Go tool refuses it. */
  readonly error?: string;
}

/** Bundles that the Go tool accepts and appsctl refuses on purpose, with the rule. */
const DIFFERENCES: Readonly<Record<string, Rule>> = {
  'dup-manifest-second-bad.zip': 'zip/duplicate-entry',
  'json-dup-functions-merge.zip': 'manifest/json',
  'json-dup-lambda-null.zip': 'manifest/json',
  'json-dupkeys-case.zip': 'manifest/duplicate-key',
  'json-invalid-utf8.zip': 'manifest/json',
  'match-dup-bundles-zip-jar.zip': 'function/ambiguous-archive',
  'match-static-zip.zip': 'function/no-archive',
  'static-space-collision.zip': 'asset/duplicate-key',
  'static-weird.zip': 'zip/unsafe-name',
  'v-bigmanifest.zip': 'manifest/too-large',
};

/** The locations that an error of the Go tool is about, by its text. */
const LOCATIONS: readonly (readonly [RegExp, string])[] = [
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

function findLocations(error: string): string[] {
  const locations = error
    .trim()
    .split('\n')
    .flatMap((line) =>
      LOCATIONS.flatMap(([pattern, location]) => {
        const match = pattern.exec(line);
        return match === null ? [] : [location.replace('$1', match[1] ?? '')];
      }),
    );
  return [...new Set(locations)].sort();
}

/** Its function archive is damaged, but only the central directory and the manifest are read here. */
const UNREAD = 'corrupt-fn-lochdr.zip';

const folder = fileURLToPath(new URL('../../fixtures/reference', import.meta.url));
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8')) as Case[];

async function readDeployment(name: string): Promise<{ terraform_data: string; uploaded_manifest: string }> {
  const bundle = await openBundle(`${folder}/bundles/${name}`);
  try {
    const uploaded = Buffer.from(encodeManifest(bundle.manifest)).toString();
    return { terraform_data: encodeTerraformData(bundle), uploaded_manifest: uploaded };
  } finally {
    await bundle.close();
  }
}

describe('a bundle is accepted or refused as by the Go tool', () => {
  test.each(cases.filter(({ bundle }) => DIFFERENCES[bundle] === undefined && bundle !== UNREAD))(
    '$bundle',
    async (reference) => {
      if (!reference.accepted) {
        const error: unknown = await readDeployment(reference.bundle).catch((thrown: unknown) => thrown);
        if (!(error instanceof AppsctlError)) throw error;
        const found = error.findings
          .filter(({ severity }) => severity === 'error')
          // The Go tool names the function without an archive, not its place in the manifest.
          .map(({ location, message }) => /^function (\S+) has no archive/.exec(message)?.[1] ?? location);
        const expected = findLocations(reference.error ?? '');
        expect(expected).not.toEqual([]);
        // The Go tool does not check for unsafe names.
        if (reference.bundle === 'dot-manifest.zip') expected.unshift('./manifest.json');
        expect(
          [
            ...new Set(found.map((location) => (location.endsWith(reference.bundle) ? 'zip' : location))),
          ].sort(),
        ).toEqual(expected);
        return;
      }
      const { terraform_data, uploaded_manifest } = reference;
      expect(await readDeployment(reference.bundle)).toEqual({ terraform_data, uploaded_manifest });
    },
  );

  test.each(Object.entries(DIFFERENCES))('but not %s: %s', async (bundle, rule) => {
    const error: unknown = await readDeployment(bundle).catch((thrown: unknown) => thrown);
    if (!(error instanceof AppsctlError)) throw error;
    const rules = error.findings
      .filter(({ severity }) => severity === 'error')
      .map((finding) => finding.rule);
    expect(new Set(rules)).toEqual(new Set([rule]));
  });

  test(`but not ${UNREAD}: only its function archive is damaged`, async () => {
    expect(await readDeployment(UNREAD)).toMatchObject({
      terraform_data:
        '{\n\t"static_files": {},\n\t"lambda_functions": {\n\t\t"fn": {\n\t\t\t"name": "com-example-app_1-0-0_fn",\n\t\t\t"handler": "index.handler",\n\t\t\t"runtime": "nodejs18.x"\n\t\t}\n\t},\n\t"manifest_key": "manifests/com.example.app_1.0.0.json"\n}\n',
    });
  });
});
