import type { Accounts, Authorization } from './accounts.js';
import type { HttpAnswer, HttpRequest } from './http-server.js';

/** The two calls of the Mattermost server's own API that a deployer needs. */
export function answerServerApi(
  request: HttpRequest,
  authorization: Authorization,
  accounts: Accounts,
): HttpAnswer {
  switch (`${request.method} ${request.path}`) {
    case 'GET /api/v4/system/ping':
      return json(200, { status: 'OK' });
    case 'GET /api/v4/users/me': {
      if (authorization !== 'admin' && authorization !== 'user') {
        return appError(
          401,
          'api.context.session_expired.app_error',
          'Invalid or expired session, please login again.',
        );
      }
      const { id, username, roles } = accounts[authorization];
      return json(200, { id, username, roles });
    }
    default:
      return appError(404, 'api.context.404.app_error', "Sorry, we couldn't find the page.");
  }
}

export function json(status: number, value: unknown): HttpAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

function appError(status: number, id: string, message: string): HttpAnswer {
  return json(status, { id, message, detailed_error: '', status_code: status });
}
