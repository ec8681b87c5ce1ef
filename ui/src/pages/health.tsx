import { AlertingCard } from "../cards/alerting.tsx";
import { FeedsCard } from "../cards/feeds.tsx";
import { HealthFigures } from "../cards/health-figures.tsx";
import { HostCard, ProcessesCard } from "../cards/host.tsx";
import { LogStreamsCard } from "../cards/log-streams.tsx";
import { EventsCard, MonitorCard, RefusedCard } from "../cards/monitor.tsx";
import { ServicesCard } from "../cards/services.tsx";
import { SessionsCard } from "../cards/sessions.tsx";
import "../style/alerts.css";
import "../style/execution.css";
import "../style/health.css";

/** Does everything run that the desk relies on, the monitor too? */
export default function Health() {
  return (
    <>
      <HealthFigures />
      <ServicesCard />
      <SessionsCard />
      <FeedsCard />
      <LogStreamsCard />
      <MonitorCard />
      <EventsCard />
      <RefusedCard />
      <HostCard />
      <ProcessesCard />
      <AlertingCard />
    </>
  );
}
