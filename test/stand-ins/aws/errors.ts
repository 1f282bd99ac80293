import { randomUUID } from 'node:crypto';
import type { Answer } from './exchange.js';
import type { ServiceName } from './options.js';
import { writeElement, XML_DECLARATION, type XmlValue } from './xml.js';

/** An error as an AWS service returns it; S3 and Lambda add `details` as additional elements, S3 `headers`. */
export class AwsError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Record<string, string>;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = 'AwsError';
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

export function notImplemented(what: string): AwsError {
  return new AwsError(501, 'NotImplemented', `The local AWS does not implement ${what}.`);
}

/** XML namespaces of the services of the Query protocol. */
export const NAMESPACES = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

/** Whether a service has a JSON protocol, and the names of errors that belong to it. */
export function isJsonService(service: ServiceName): boolean {
  return service === 'lambda' || isJson11(service);
}

/** Whether a service has the JSON 1.1 protocol. */
function isJson11(service: ServiceName): service is 'logs' | 'secretsmanager' {
  return service === 'logs' || service === 'secretsmanager';
}

/** An answer of a service with a JSON protocol. */
export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

/** Renders an error in the protocol of a service. */
export function errorAnswer(service: ServiceName, error: AwsError): Answer {
  const requestId = randomUUID();
  if (isJson11(service)) {
    // Of errors of the caller, the JSON 1.1 protocol has one status only.
    const body = { __type: error.code, message: error.message };
    return jsonAnswer(error.status < 500 ? 400 : error.status, body);
  }
  if (service === 'lambda') {
    return jsonAnswer(
      error.status,
      {
        Type: error.status < 500 ? 'User' : 'Service',
        message: error.message,
        Message: error.message,
        ...error.details,
      },
      { 'x-amzn-errortype': error.code },
    );
  }
  const fields: Record<string, XmlValue> = { Code: error.code, Message: error.message };
  if (service === 's3') {
    return {
      status: error.status,
      headers: {
        'content-type': 'application/xml',
        'x-amz-request-id': requestId,
        ...error.headers,
      },
      body:
        XML_DECLARATION +
        writeElement('Error', { ...fields, ...error.details, RequestId: requestId }, 'flat'),
    };
  }
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const content = writeElement('Error', { Type: type, ...fields }, 'member');
  return {
    status: error.status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<ErrorResponse xmlns="${NAMESPACES[service]}">${content}<RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
}
