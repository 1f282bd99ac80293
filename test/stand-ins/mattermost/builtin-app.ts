import { isAdmin } from './accounts.js';
import type { CallResponse } from './aws-upstream.js';
import { pingApp } from './calls.js';
import { isObject, type JsonObject } from './go-json.js';
import { disableApp, enableApp, uninstallApp } from './lifecycle.js';
import { DEPLOY_TYPES } from './manifest.js';
import { PluginError } from './plugin-error.js';
import { canDeploy, deployName, type PluginRequest } from './plugin-state.js';
import { PLUGIN_VERSION } from './server-settings.js';

/** The commands of the plugin's own app that can be called here, each with the values that it is given. */
const COMMANDS: Readonly<
  Record<string, (request: PluginRequest, values: JsonObject) => Promise<CallResponse> | CallResponse>
> = {
  '/info': () =>
    text(
      `Mattermost Apps plugin version: ${PLUGIN_VERSION}\n\n- Mattermost Cloud Mode: false\n- Developer Mode: false\n- Allow HTTP Apps: false\n\n`,
    ),
  '/list': list,
  '/install-listed': ({ state }, values) => {
    const id = inputOf(values, 'app');
    const manifest = state.listed.get(id);
    if (manifest === undefined) {
      throw new PluginError(id, 'not found');
    }
    const options = Object.keys(DEPLOY_TYPES)
      .filter((type) => manifest[type] !== undefined && canDeploy(state, type))
      .map((value) => ({ label: deployName(value), value }));
    const field = {
      name: 'deploy_type',
      type: 'static_select',
      is_required: true,
      ...(options.length > 0 && { options }),
      ...(options.length === 1 && { value: options[0] }),
    };
    const submit = { path: '/install-consent', state: id };
    return { type: 'form', form: { title: `Install App ${manifest.display_name}`, fields: [field], submit } };
  },
  '/uninstall': async (request, values) =>
    text(await uninstallApp(request, inputOf(values, 'app'), values['force'] === true)),
  '/enable': async (request, values) => text(await enableApp(request, inputOf(values, 'app'))),
  '/disable': async (request, values) => text(await disableApp(request, inputOf(values, 'app'))),
};

/** Calls the plugin's own app. Commands other than /info need the acting user, who must be an administrator. */
export async function callBuiltinApp(request: PluginRequest, call: JsonObject): Promise<CallResponse> {
  const path = String(call['path']);
  const command = COMMANDS[path];
  if (command === undefined) {
    throw new PluginError(path, 'not found');
  }
  const { user } = request;
  const expand = isObject(call['expand']) ? call['expand'] : {};
  if (path !== '/info') {
    if (user === undefined || !expand['acting_user']) {
      throw new PluginError(
        `no or invalid ActingUser in the context for ${path}, please make sure Expand.ActingUser is set`,
        'invalid input',
      );
    }
    if (!isAdmin(user)) {
      throw new PluginError(`user ${user.username} (${user.id}) is not a sysadmin`, 'unauthorized');
    }
  }
  return command(request, isObject(call['values']) ? call['values'] : {});
}

/** A table of the installed apps that are listed, then of those that are only listed. Pings every app. */
async function list({ state, signal }: PluginRequest): Promise<CallResponse> {
  const lines = [
    '| Name | Status | Type | Version | Account | Locations | Permissions |',
    '| :-- |:-- | :-- | :-- | :-- | :-- | :-- |',
  ];
  for (const app of state.installed.values()) {
    const { app_id: id, display_name: name, homepage_url: page, version = '' } = app.manifest;
    const listing = state.listed.get(id);
    if (listing === undefined) {
      continue;
    }
    const isReachable = await pingApp(state, app, signal).then(
      () => true,
      () => false,
    );
    const status = app.disabled
      ? 'Installed, Disabled'
      : isReachable
        ? '**Installed**'
        : 'Installed, **Unreachable**';
    const offered = listing.version ?? '';
    const versions = offered === version ? version : `${version}, ${offered} in marketplace`;
    const account = `Bot: \`${app.botUserId}\`, OAuth: \`${app.oauthApp?.id}\``;
    lines.push(
      `|**[${name}](${page})** (\`${id}\`)|${status}|${deployName(app.deployType)}|${versions}|${account}|||`,
    );
  }
  for (const { app_id: id, display_name: name, homepage_url: page, version = '' } of state.listed.values()) {
    if (!state.installed.has(id)) {
      lines.push(`|[${name}](${page}) (\`${id}\`)|Listed||${version}||||`);
    }
  }
  return text(`${lines.join('\n')}\n`);
}

function inputOf(values: JsonObject, name: string): string {
  const value = values[name];
  return String((isObject(value) ? value['value'] : value) ?? '');
}

function text(message: string): CallResponse {
  return { type: 'ok', text: message };
}
