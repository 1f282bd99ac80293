import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { declareAwsDeploy } from '../commands/aws-deploy.js';
import { declareAwsInit } from '../commands/aws-init.js';
import { declareAwsPackage } from '../commands/aws-package.js';
import { declareAwsTest } from '../commands/aws-test.js';
import { declareAwsValidate } from '../commands/aws-validate.js';
import { declareGenerateTerraformData } from '../commands/generate-terraform-data.js';
import type { CommandContext } from './input/context.js';

/**
 * The command line of appsctl. Each command loads what it works with only when it runs.
 *
 * @param write where help and the version go
 * @param writeError where usage errors go
 */
export function createProgram(
  context: CommandContext,
  write: (text: string) => void,
  writeError: (text: string) => void,
): Command {
  const program = new Command('appsctl')
    .description('Deploys Mattermost Apps to AWS.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--verbose', 'report each request on standard error')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: writeError,
      outputError: () => undefined,
    });
  const aws = program.command('aws').description('prepare AWS; package, validate, deploy and test apps');
  declareAwsInit(aws, context);
  declareAwsPackage(aws, context);
  declareAwsValidate(aws, context);
  declareAwsDeploy(aws, context);
  declareAwsTest(aws, context);
  declareGenerateTerraformData(program, context);
  return program;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
