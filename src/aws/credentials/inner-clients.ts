import type { STSClient } from '@aws-sdk/client-sts';
import { reportRequests } from '../client/request-events.js';
import { requestHandlerOptions } from '../client/request-handler.js';
import type { CredentialSettings } from './load-credentials.js';

/**
 * The options of the clients with which the SDK gets credentials: STS and SSO.
 *
 * @param profile the profile that the credentials come from, whose endpoints for STS and SSO apply
 */
export function innerClients(settings: CredentialSettings, profile?: string) {
  const requestHandler = requestHandlerOptions(settings);
  const common = { requestHandler, ...(profile !== undefined && { profile }) };
  return {
    // An SSO session has a region of its own, so the region is only for those that have none.
    parentClientConfig: { ...common, region: settings.region },
    clientConfig: common,
    clientPlugins: [
      {
        applyToStack: (middlewareStack: STSClient['middlewareStack']) =>
          reportRequests({ middlewareStack }, 'sts', settings),
      },
    ],
  };
}
