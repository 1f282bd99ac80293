import type { Account } from './account.js';
import { AwsError, jsonAnswer, notImplemented } from './errors.js';
import type { Caller } from './exchange.js';
import type { LambdaCall, LambdaOperation } from './lambda-request.js';
import { asBody, fail, invalid, type LambdaBody, readBody, text } from './lambda-settings.js';

/** A version of a layer. */
export interface LayerVersion {
  arn: string;
  /** Bytes of the archive. */
  size: number;
}

const MAX_LAYERS = 5;
const ARN = /^arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+$/;

/** The layers in a request; undefined when it has none. */
export function layers(body: LambdaBody): string[] | undefined {
  const given = body['Layers'];
  if (given === undefined || given === null) return undefined;
  if (!Array.isArray(given)) throw new AwsError(400, 'SerializationException', 'Layers is not a list');
  const arns = given.map(String);
  const invalidArn = arns.find((arn) => !ARN.test(arn));
  if (invalidArn !== undefined) {
    fail(
      invalidArn,
      'layers',
      'Member must satisfy regular expression pattern: arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+',
    );
  }
  if (arns.length > MAX_LAYERS) {
    fail(JSON.stringify(arns), 'layers', `Member must have length less than or equal to ${MAX_LAYERS}`);
  }
  return arns;
}

/** Refuses layers that do not exist, or that the caller may not read. */
export function checkLayers(account: Account, arns: readonly string[], caller: Caller): void {
  for (const arn of arns) {
    caller.demand({ action: 'lambda:GetLayerVersion', resource: arn });
    if (!account.layers.has(arn)) throw invalid(`Layer version ${arn} does not exist.`);
  }
}

export const layerOperations: readonly LambdaOperation[] = [
  {
    name: 'PublishLayerVersion',
    method: 'POST',
    path: /^\/2018-10-31\/layers\/([^/]+)\/versions$/,
    resource: layerArn,
    act: publish,
  },
];

function layerArn(account: Account, name: string): string {
  return account.functionArn(name).replace(`:function:${name}`, `:layer:${name}`);
}

function publish({ account, call, functionName }: LambdaCall) {
  const zip = text(asBody(readBody(call.body)['Content']), 'ZipFile');
  if (zip === undefined) throw notImplemented('layers from S3');
  const LayerArn = layerArn(account, functionName);
  const version = [...account.layers.keys()].filter((arn) => arn.startsWith(`${LayerArn}:`)).length + 1;
  const layer = { arn: `${LayerArn}:${version}`, size: Buffer.from(zip, 'base64').length };
  account.remember(account.snapshot('layers'));
  account.layers.set(layer.arn, layer);
  return jsonAnswer(201, {
    LayerArn,
    LayerVersionArn: layer.arn,
    Version: version,
    Content: { CodeSize: layer.size },
  });
}
