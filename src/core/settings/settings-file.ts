/** The name of the settings file in the folder of an app. */
export const SETTINGS_FILE = 'appsctl.json';
