import { isCounter, type Sample } from './metrics.js';

const NAMESPACE = 'appsctl/deployer';

/**
 * Formats the samples of a pass in the embedded metric format of CloudWatch. There is one document for each combination of
 * labels, because a document has one value of a metric. Counters are left out: CloudWatch adds up values by itself. So is
 * the version, which is a property of each document.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param timestamp milliseconds since the epoch
 * @returns a line for each document, without line breaks
 */
export function formatEmf(samples: readonly Sample[], timestamp: number): string[] {
  const version = samples.find(({ name }) => name === 'appsctl_deployer_info')?.labels['version'];
  const documents = new Map<string, { dimensions: Record<string, string>; samples: Sample[] }>();
  for (const sample of samples) {
    if (isCounter(sample) || sample.name === 'appsctl_deployer_info') continue;
    const dimensions = Object.fromEntries(
      Object.entries(sample.labels).map(([label, value]) => [dimensionName(label), value]),
    );
    const key = JSON.stringify(dimensions);
    const document = documents.get(key) ?? { dimensions, samples: [] };
    document.samples.push(sample);
    documents.set(key, document);
  }
  return [...documents.values()].map(({ dimensions, samples }) =>
    JSON.stringify({
      _aws: {
        Timestamp: timestamp,
        CloudWatchMetrics: [
          {
            Namespace: NAMESPACE,
            Dimensions: [Object.keys(dimensions)],
            Metrics: samples.map(({ name }) => ({ Name: name, Unit: unitOf(name) })),
          },
        ],
      },
      ...dimensions,
      Version: version,
      ...Object.fromEntries(samples.map(({ name, value }) => [name, value])),
    }),
  );
}

/** As CloudWatch writes names of dimensions. */
function dimensionName(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
}

function unitOf(name: string): 'Seconds' | 'Count' {
  return name.includes('_seconds') ? 'Seconds' : 'Count';
}
