/** Slack's names of the common emoji, without their colons. Each has its image in ../emoji; others stay text. */

import { h } from "../shell/dom.js";

const TABLE = `
grinning=😀 smiley=😃 smile=😄 grin=😁 laughing=😆 satisfied=😆 sweat_smile=😅 joy=😂 slightly_smiling_face=🙂 wink=😉
blush=😊 innocent=😇 heart_eyes=😍 hugging_face=🤗 thinking_face=🤔 neutral_face=😐 face_with_rolling_eyes=🙄
grimacing=😬 sleeping=😴 hot_face=🥵 cold_face=🥶 exploding_head=🤯 partying_face=🥳 sunglasses=😎 confused=😕
worried=😟 slightly_frowning_face=🙁 open_mouth=😮 cry=😢 sob=😭 scream=😱 yawning_face=🥱 rage=😡 angry=😠
robot_face=🤖 wave=👋 raised_hand=✋ ok_hand=👌 v=✌️ +1=👍 thumbsup=👍 -1=👎 thumbsdown=👎 clap=👏 raised_hands=🙌
handshake=🤝 pray=🙏 muscle=💪 eyes=👀 bust_in_silhouette=👤 busts_in_silhouette=👥 construction_worker=👷
technologist=🧑‍💻 firefighter=🧑‍🚒 heart=❤️ yellow_heart=💛 green_heart=💚 blue_heart=💙 purple_heart=💜
broken_heart=💔 100=💯 boom=💥 collision=💥 speech_balloon=💬 thought_balloon=💭 mega=📣 loudspeaker=📢 bell=🔔
no_bell=🔕 bug=🐛 snail=🐌 evergreen_tree=🌲 seedling=🌱 sunny=☀️ cloud=☁️ rain_cloud=🌧️ snowflake=❄️ umbrella=☔
zap=⚡ fire=🔥 droplet=💧 star=⭐ sparkles=✨ earth_africa=🌍 globe_with_meridians=🌐 pizza=🍕 cake=🍰 birthday=🎂
coffee=☕ tada=🎉 trophy=🏆 dart=🎯 art=🎨 headphones=🎧 camera=📷 ticket=🎫 house=🏠 office=🏢 factory=🏭 hospital=🏥
bank=🏦 building_construction=🏗️ car=🚗 truck=🚚 ambulance=🚑 fire_engine=🚒 police_car=🚓 bus=🚌 airplane=✈️
rocket=🚀 construction=🚧 rotating_light=🚨 vertical_traffic_light=🚦 traffic_light=🚥 octagonal_sign=🛑 elevator=🛗
door=🚪 toilet=🚽 shower=🚿 watch=⌚ iphone=📱 phone=☎️ telephone_receiver=📞 computer=💻 desktop_computer=🖥️
printer=🖨️ floppy_disk=💾 battery=🔋 electric_plug=🔌 bulb=💡 flashlight=🔦 satellite_antenna=📡 hourglass=⌛
hourglass_flowing_sand=⏳ alarm_clock=⏰ stopwatch=⏱️ timer_clock=⏲️ clock1=🕐 calendar=📆 date=📅
spiral_calendar_pad=🗓️ chart_with_upwards_trend=📈 chart_with_downwards_trend=📉 bar_chart=📊 clipboard=📋
pushpin=📌 round_pushpin=📍 paperclip=📎 link=🔗 scissors=✂️ wastebasket=🗑️ lock=🔒 unlock=🔓 key=🔑 hammer=🔨
wrench=🔧 hammer_and_wrench=🛠️ nut_and_bolt=🔩 gear=⚙️ toolbox=🧰 ladder=🪜 thermometer=🌡️ fire_extinguisher=🧯
broom=🧹 package=📦 mailbox=📫 inbox_tray=📥 outbox_tray=📤 email=✉️ envelope=✉️ e-mail=📧 incoming_envelope=📨
envelope_with_arrow=📩 memo=📝 pencil=📝 pencil2=✏️ page_facing_up=📄 bookmark=🔖 book=📖 label=🏷️ receipt=🧾
file_folder=📁 open_file_folder=📂 mag=🔍 mag_right=🔎 shield=🛡️ briefcase=💼 white_check_mark=✅
heavy_check_mark=✔️ ballot_box_with_check=☑️ x=❌ heavy_plus_sign=➕ heavy_minus_sign=➖ question=❓
grey_question=❔ exclamation=❗ heavy_exclamation_mark=❗ grey_exclamation=❕ bangbang=‼️ interrobang=⁉️
warning=⚠️ no_entry=⛔ no_entry_sign=🚫 information_source=ℹ️ recycle=♻️ infinity=♾️ new=🆕 ok=🆗 sos=🆘
arrow_up=⬆️ arrow_down=⬇️ arrow_left=⬅️ arrow_right=➡️ arrow_upper_right=↗️ arrow_lower_right=↘️
arrow_forward=▶️ arrow_backward=◀️ leftwards_arrow_with_hook=↩️ arrow_right_hook=↪️ arrows_counterclockwise=🔄
arrows_clockwise=🔃 repeat=🔁 double_vertical_bar=⏸️ black_square_for_stop=⏹️ red_circle=🔴 large_orange_circle=🟠
large_yellow_circle=🟡 large_green_circle=🟢 large_blue_circle=🔵 large_purple_circle=🟣 large_brown_circle=🟤
black_circle=⚫ white_circle=⚪ black_large_square=⬛ white_large_square=⬜ large_orange_diamond=🔶
large_blue_diamond=🔷 small_red_triangle=🔺 small_red_triangle_down=🔻 radio_button=🔘 zero=0️⃣ one=1️⃣ two=2️⃣
three=3️⃣ four=4️⃣ five=5️⃣ six=6️⃣ seven=7️⃣ eight=8️⃣ nine=9️⃣ hash=#️⃣ checkered_flag=🏁
triangular_flag_on_post=🚩 white_flag=🏳️ black_flag=🏴
`;

/** @type {Map<string, string>} */
const KNOWN = new Map(
  TABLE.trim()
    .split(/\s+/)
    .map((pair) => /** @type {[string, string]} */ (pair.split("="))),
);
const FORMS = [...new Set(KNOWN.values())].sort((one, other) => other.length - one.length);
// A skin tone is drawn as none; what is a part of something longer, such as a family, is left as it is
const DRAWN = new RegExp(
  String.raw`(?<!\u200d)(${FORMS.join("|")})\ufe0f?[\u{1f3fb}-\u{1f3ff}]?(?![\ufe0f\u200d\u20e3\u{1f3fb}-\u{1f3ff}])`,
  "gu",
);

/** The text with the characters that its `:shortcodes:` stand for; what is not known stays as it was typed.
 * @param {string} text */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):(?::skin-tone-[2-6]:)?/g, (typed, name) => KNOWN.get(name) ?? typed);
}

/** The text with its emoji as images, whatever fonts a machine has. @param {string} text */
export function drawn(text) {
  const fragment = document.createDocumentFragment();
  const words = withEmoji(text);
  let end = 0;
  for (const found of words.matchAll(DRAWN)) {
    fragment.append(words.slice(end, found.index), image(found[0], found[1]));
    end = found.index + found[0].length;
  }
  fragment.append(words.slice(end));
  return fragment;
}

/** @param {string} typed @param {string} form as the table has it */
function image(typed, form) {
  const codes = [...form].filter((each) => each !== "\ufe0f").map((each) => each.codePointAt(0)?.toString(16));
  return h("img", { class: "b-emoji", src: `/page/static/emoji/${codes.join("-")}.svg`, alt: typed, draggable: "false" });
}
