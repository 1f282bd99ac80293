import { setTimeout } from 'node:timers/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  appBundle,
  BUNDLES,
  functionNames,
  LEASE,
  leases,
  type PassResult,
  readTags,
  runPass,
  settableClock,
  startDeployer,
  upload,
} from '../support/deployer.js';
import { BUCKET, type TestEnvironment } from '../support/environment.js';

/** The full size is 100 rounds with 50 bundles: see test/README.md. */
const ROUNDS = Number(process.env['DEPLOYER_ROUNDS'] ?? 1);
const COUNT = Number(process.env['DEPLOYER_BUNDLES'] ?? 4);
const TIMEOUT_MS = 60_000 * ROUNDS;
const HOUR = 60 * 60_000;

let start: TestEnvironment;
let keys: readonly string[];
/** How long a pass takes over all bundles. */
let duration: number;

beforeAll(async () => {
  start = await startDeployer();
  keys = Array.from({ length: COUNT }, (_, index) => `${index}.zip`);
  for (const key of keys) await upload(start, key, await appBundle(`com.example.app${key.split('.')[0]}`));
  const begin = Date.now();
  await inCopy((environment) => runPass(environment));
  duration = Date.now() - begin;
}, TIMEOUT_MS);
afterAll(() => start.stop());

async function inCopy<Result>(work: (environment: TestEnvironment) => Promise<Result>): Promise<Result> {
  const environment = await startDeployer({ like: start });
  try {
    return await work(environment);
  } finally {
    await environment.stop();
  }
}

/** Starts two passes, the second one at a random time while the first one runs, or after it. */
function together(
  first: () => Promise<PassResult>,
  second: () => Promise<PassResult>,
): Promise<[PassResult, PassResult]> {
  const shift = Math.random() * duration * 1.2;
  return Promise.all([first(), setTimeout(shift).then(second)]);
}

/** The keys that were deployed, as often as that was said. */
const deployedBy = (...passes: readonly PassResult[]): string[] =>
  passes.flatMap(({ deployed }) => deployed).sort();
const all = (): string[] => [...keys].sort();

async function tagsOfAll(environment: TestEnvironment): Promise<Record<string, string>[]> {
  return Promise.all(keys.map((key) => readTags(environment, key)));
}

/** How many functions were created, and not how many requests tried to. */
const creations = ({ aws }: TestEnvironment): number =>
  aws.requests.filter(({ operation }) => operation === 'CreateFunction').length;

for (let round = 1; round <= ROUNDS; round++) {
  test(
    `two deployers of one environment deploy nothing twice, and lose nothing (${round})`,
    () =>
      inCopy(async (environment) => {
        const passes = await together(
          () => runPass(environment),
          () => runPass(environment),
        );
        expect(passes.map(({ code }) => code)).toEqual([0, 0]);
        expect(deployedBy(...passes)).toEqual(all());
        expect(creations(environment)).toBe(COUNT);
        expect(await tagsOfAll(environment)).toEqual(keys.map(() => ({ deployed_staging: 'true' })));
        expect(leases(environment)).toEqual([]);
      }),
    TIMEOUT_MS,
  );

  test(
    `two environments deploy the same bundles, and both tag all of them (${round})`,
    () =>
      inCopy(async (environment) => {
        const other = { env: { MM_APPS_ENVIRONMENT: 'production' } };
        const passes = await together(
          () => runPass(environment),
          () => runPass(environment, [], other),
        );
        // Both deploy to the same functions: what conflicts is tried again later.
        const clock = settableClock();
        clock.set(2 * HOUR);
        const later = [
          await runPass(environment, [], { clock }),
          await runPass(environment, [], { ...other, clock }),
        ];
        expect(later.map(({ code }) => code)).toEqual([0, 0]);
        expect(deployedBy(...passes, ...later)).toEqual([...keys, ...keys].sort());
        expect(functionNames(environment)).toHaveLength(COUNT);
        const both = { deployed_staging: 'true', deployed_production: 'true' };
        expect(await tagsOfAll(environment)).toEqual(keys.map(() => both));
        expect(leases(environment)).toEqual([]);
      }),
    TIMEOUT_MS,
  );

  test(
    `two deployers of one environment of which one has lost its lease lose nothing (${round})`,
    () =>
      inCopy(async (environment) => {
        const { s3 } = environment.clients;
        const passes = await together(
          () => runPass(environment),
          async () => {
            await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: LEASE }));
            return runPass(environment);
          },
        );
        const clock = settableClock();
        clock.set(2 * HOUR);
        const later = await runPass(environment, [], { clock });
        expect(later.code).toBe(0);
        expect(new Set(deployedBy(...passes, later))).toEqual(new Set(keys));
        expect(functionNames(environment)).toHaveLength(COUNT);
        expect(await tagsOfAll(environment)).toEqual(keys.map(() => ({ deployed_staging: 'true' })));
        expect(leases(environment)).toEqual([]);
        expect(environment.aws.bucket(BUNDLES).objects.size).toBe(COUNT);
      }),
    TIMEOUT_MS,
  );
}
