import {
  type FunctionConfiguration,
  GetFunctionCommand,
  type GetFunctionCommandOutput,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { RateLimit } from '../core/clock.js';
import { AppsctlError } from '../core/errors.js';
import { LAMBDA_TRUST_POLICY } from '../core/policy.js';
import type { Role } from '../core/ports.js';
import { type AwsConnection, clientConfig } from './connection.js';
import { isAwsError, request } from './errors.js';
import { tellRequests } from './request-events.js';
import { poll } from './waiting.js';

const SECOND = 1000;
/** How long a new role may take until Lambda can assume it; Terraform waits as long. */
const ROLE_WAIT = 5 * 60 * SECOND;
/** How long a function may take to become ready. */
const READY_WAIT = 5 * 60 * SECOND;
/** So many changes to functions begin within a period: AWS allows 15 a second for the whole account. */
const CHANGES = 9;
/** A little more than a second, as requests do not arrive in the rhythm in which they are sent. */
const CHANGE_PERIOD = 1.1 * SECOND;

/** How requests are sent to AWS Lambda: not too many a second, and not before it is ready for them. */
export abstract class LambdaRequests {
  protected readonly client: LambdaClient;
  private readonly changes: RateLimit;

  constructor(protected readonly connection: AwsConnection) {
    this.client = new LambdaClient(clientConfig(connection, 'lambda'));
    tellRequests(this.client, 'lambda', connection);
    this.changes = new RateLimit(connection.clock, CHANGES, CHANGE_PERIOD);
  }

  /** GetFunction, because it may be asked 100 times a second; GetFunctionConfiguration shares 15 with all else. */
  protected async get(name: string): Promise<GetFunctionCommandOutput | undefined> {
    try {
      return await this.client.send(new GetFunctionCommand({ FunctionName: name }));
    } catch (error) {
      if (isAwsError(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    }
  }

  protected async change<T>(send: () => Promise<T>): Promise<T> {
    await this.changes.turn();
    return send();
  }

  /** Waits while somebody else changes the function. */
  protected whenFree<T>(name: string, send: () => Promise<T>): Promise<T> {
    return poll(
      this.connection,
      { limit: READY_WAIT, reason: `until function ${name} can be changed` },
      async (last) => {
        try {
          return await this.change(send);
        } catch (error) {
          if (last || !isAwsError(error, 'ResourceConflictException')) throw error;
          await this.untilReady(name);
          return undefined;
        }
      },
    );
  }

  /** A role that was just created cannot be assumed yet, and AWS says so under the name of another error. */
  protected whenRoleIsKnown<T>(role: Role, send: () => Promise<T>): Promise<T> {
    const { clock } = this.connection;
    const wait = { limit: ROLE_WAIT, reason: `until AWS Lambda may assume the role ${role.arn}` };
    return poll(this.connection, wait, async (last) => {
      try {
        return await send();
      } catch (error) {
        if (!isAwsError(error, 'InvalidParameterValueException') || !ROLE_MESSAGES.test(error.message))
          throw error;
        // A role that is not new is not going to change: its trust policy is wrong.
        if (last || clock.now() - role.createdAt > ROLE_WAIT) {
          throw new AppsctlError('SERVICE', `AWS Lambda may not assume the role ${role.arn}`, {
            hint: `its trust policy must be ${JSON.stringify(LAMBDA_TRUST_POLICY)}`,
            cause: error,
          });
        }
        return undefined;
      }
    });
  }

  protected untilReady(name: string, first?: FunctionConfiguration): Promise<FunctionConfiguration> {
    let known = first;
    return poll(
      this.connection,
      { limit: READY_WAIT, reason: `until function ${name} is ready` },
      async (last) => {
        const configuration = known ?? (await this.get(name))?.Configuration;
        known = undefined;
        if (configuration === undefined)
          throw new AppsctlError('NOT_FOUND', `function ${name} has disappeared`);
        const { State, StateReason, StateReasonCode, LastUpdateStatus, LastUpdateStatusReason } =
          configuration;
        if (State === 'Failed' || LastUpdateStatus === 'Failed') {
          const reason = [LastUpdateStatusReason ?? StateReason, StateReasonCode].filter(Boolean).join(', ');
          throw new AppsctlError(
            'SERVICE',
            `function ${name} failed to become ready: ${reason || 'no reason given'}`,
          );
        }
        if (State !== 'Pending' && LastUpdateStatus !== 'InProgress') return configuration;
        if (last)
          throw new AppsctlError(
            'SERVICE',
            `function ${name} is still not ready after ${READY_WAIT / SECOND} s`,
          );
        return undefined;
      },
    );
  }

  protected request<T>(doing: string, send: () => Promise<T>): Promise<T> {
    return request(this.connection, doing, send);
  }
}

/** By which AWS says that it does not know a role yet, or never will. */
const ROLE_MESSAGES =
  /cannot be assumed by Lambda|execution role does not have permissions|KMS key is invalid for CreateGrant|throttled by EC2/;
