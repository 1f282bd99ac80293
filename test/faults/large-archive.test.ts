import { describeScenario } from './describe-scenario.js';
import { largeArchiveScenario } from './scenarios.js';

describeScenario('large archive', async (folder) => [await largeArchiveScenario(folder)]);
