/** The frame around every page. */

import { pageAt } from "./pages.ts";
import { Banner } from "./parts/banner.tsx";
import { Rail } from "./parts/rail.tsx";
import { Broken, Loading, useBroken } from "./parts/state.tsx";
import { Top } from "./parts/top.tsx";
import { followLink, path } from "./route.ts";
import { drawn, login, mustLogIn, settings, togglePause } from "./start.ts";
import { frozen } from "./store.ts";
import { reopen } from "./stream.ts";

export function App() {
  const [Login, Settings] = [login.part.value, settings.part.value];
  if (mustLogIn()) return Login === undefined ? null : <Login onDone={reopen} />;
  const page = pageAt(path.value);
  return (
    <>
      <a class="skip" href="#app">
        Skip to the figures
      </a>
      <Rail current={page} />
      <div class={frozen.value ? "frame frozen" : "frame"} onClick={followLink}>
        <Top page={page} onPause={togglePause} />
        <Banner />
        <main id="app" tabIndex={-1}>
          <View key={page.path} at={page.path} />
        </main>
      </div>
      {Settings !== undefined && <Settings />}
    </>
  );
}

function View({ at }: { at: string }) {
  const broken = useBroken();
  const { at: loaded, page: Page } = drawn.value;
  if (loaded !== at) return <Loading />;
  if (Page === undefined || broken) return <Broken />;
  return <Page />;
}
