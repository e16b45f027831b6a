/** Slack's names of the common emoji, without their colons. A custom emoji of a workspace is not known here. */

const TABLE = `
grinning=😀 smiley=😃 smile=😄 grin=😁 laughing=😆 satisfied=😆 sweat_smile=😅 rolling_on_the_floor_laughing=🤣 joy=😂
slightly_smiling_face=🙂 upside_down_face=🙃 wink=😉 blush=😊 innocent=😇 heart_eyes=😍 star-struck=🤩 kissing_heart=😘
yum=😋 stuck_out_tongue=😛 stuck_out_tongue_winking_eye=😜 hugging_face=🤗 thinking_face=🤔 zipper_mouth_face=🤐
neutral_face=😐 expressionless=😑 smirk=😏 unamused=😒 face_with_rolling_eyes=🙄 grimacing=😬 relieved=😌 pensive=😔
sleepy=😪 sleeping=😴 mask=😷 face_with_thermometer=🤒 nauseated_face=🤢 hot_face=🥵 cold_face=🥶 dizzy_face=😵
exploding_head=🤯 partying_face=🥳 sunglasses=😎 nerd_face=🤓 face_with_monocle=🧐 confused=😕 worried=😟
slightly_frowning_face=🙁 open_mouth=😮 astonished=😲 flushed=😳 pleading_face=🥺 fearful=😨 cold_sweat=😰 cry=😢 sob=😭
scream=😱 disappointed=😞 sweat=😓 weary=😩 tired_face=😫 yawning_face=🥱 triumph=😤 rage=😡 angry=😠 skull=💀 hankey=💩
clown_face=🤡 ghost=👻 alien=👽 robot_face=🤖 see_no_evil=🙈 hear_no_evil=🙉 speak_no_evil=🙊
wave=👋 raised_hand=✋ hand=✋ vulcan_salute=🖖 ok_hand=👌 v=✌️ crossed_fingers=🤞 call_me_hand=🤙 point_left=👈
point_right=👉 point_up=☝️ point_up_2=👆 point_down=👇 +1=👍 thumbsup=👍 -1=👎 thumbsdown=👎 fist=✊ facepunch=👊
punch=👊 clap=👏 raised_hands=🙌 open_hands=👐 handshake=🤝 pray=🙏 writing_hand=✍️ muscle=💪 eyes=👀 eye=👁️ brain=🧠
bust_in_silhouette=👤 busts_in_silhouette=👥 shrug=🤷 face_palm=🤦 man-shrugging=🤷‍♂️ woman-shrugging=🤷‍♀️
construction_worker=👷 technologist=🧑‍💻 office_worker=🧑‍💼 firefighter=🧑‍🚒 detective=🕵️ runner=🏃 walking=🚶
skin-tone-2=🏻 skin-tone-3=🏼 skin-tone-4=🏽 skin-tone-5=🏾 skin-tone-6=🏿
heart=❤️ orange_heart=🧡 yellow_heart=💛 green_heart=💚 blue_heart=💙 purple_heart=💜 black_heart=🖤 white_heart=🤍
broken_heart=💔 sparkling_heart=💖 100=💯 boom=💥 collision=💥 dizzy=💫 sweat_drops=💦 dash=💨 zzz=💤 speech_balloon=💬
thought_balloon=💭 mega=📣 loudspeaker=📢 bell=🔔 no_bell=🔕
dog=🐶 cat=🐱 mouse=🐭 rabbit=🐰 fox_face=🦊 bear=🐻 panda_face=🐼 unicorn_face=🦄 bee=🐝 bug=🐛 butterfly=🦋 turtle=🐢
snail=🐌 octopus=🐙 penguin=🐧 bird=🐦 owl=🦉 sunflower=🌻 rose=🌹 evergreen_tree=🌲 palm_tree=🌴 cactus=🌵 seedling=🌱
herb=🌿 four_leaf_clover=🍀 fallen_leaf=🍂 mushroom=🍄
sunny=☀️ partly_sunny=⛅ cloud=☁️ rain_cloud=🌧️ thunder_cloud_and_rain=⛈️ snowflake=❄️ rainbow=🌈 umbrella=☔ zap=⚡ fire=🔥
droplet=💧 ocean=🌊 star=⭐ star2=🌟 sparkles=✨ full_moon=🌕 crescent_moon=🌙 earth_africa=🌍 earth_americas=🌎
globe_with_meridians=🌐
apple=🍎 banana=🍌 strawberry=🍓 avocado=🥑 bread=🍞 cheese_wedge=🧀 pizza=🍕 hamburger=🍔 taco=🌮 cookie=🍪 cake=🍰
birthday=🎂 doughnut=🍩 popcorn=🍿 coffee=☕ tea=🍵 beer=🍺 beers=🍻 wine_glass=🍷 champagne=🍾 clinking_glasses=🥂
tada=🎉 confetti_ball=🎊 balloon=🎈 gift=🎁 trophy=🏆 medal=🏅 first_place_medal=🥇 second_place_medal=🥈
third_place_medal=🥉 soccer=⚽ dart=🎯 game_die=🎲 art=🎨 microphone=🎤 headphones=🎧 movie_camera=🎥 camera=📷 ticket=🎫
admission_tickets=🎟️
house=🏠 office=🏢 factory=🏭 hospital=🏥 bank=🏦 hotel=🏨 school=🏫 department_store=🏬 building_construction=🏗️
car=🚗 truck=🚚 ambulance=🚑 fire_engine=🚒 police_car=🚓 bus=🚌 train=🚆 airplane=✈️ rocket=🚀 ship=🚢 bike=🚲
construction=🚧 rotating_light=🚨 vertical_traffic_light=🚦 traffic_light=🚥 octagonal_sign=🛑 world_map=🗺️ elevator=🛗
door=🚪 toilet=🚽 shower=🚿
watch=⌚ iphone=📱 phone=☎️ telephone_receiver=📞 computer=💻 desktop_computer=🖥️ printer=🖨️ keyboard=⌨️
floppy_disk=💾 cd=💿 battery=🔋 electric_plug=🔌 bulb=💡 flashlight=🔦 candle=🕯️ satellite_antenna=📡 tv=📺 radio=📻
hourglass=⌛ hourglass_flowing_sand=⏳ alarm_clock=⏰ stopwatch=⏱️ timer_clock=⏲️ clock1=🕐 clock3=🕒 clock9=🕘
calendar=📆 date=📅 spiral_calendar_pad=🗓️ card_index=📇 chart_with_upwards_trend=📈 chart_with_downwards_trend=📉
bar_chart=📊 clipboard=📋 pushpin=📌 round_pushpin=📍 paperclip=📎 link=🔗 straight_ruler=📏 scissors=✂️
card_file_box=🗃️ file_cabinet=🗄️ wastebasket=🗑️ lock=🔒 unlock=🔓 key=🔑 old_key=🗝️ hammer=🔨 wrench=🔧
hammer_and_wrench=🛠️ nut_and_bolt=🔩 gear=⚙️ toolbox=🧰 magnet=🧲 ladder=🪜 microscope=🔬 telescope=🔭 thermometer=🌡️
fire_extinguisher=🧯 broom=🧹 package=📦 mailbox=📫 inbox_tray=📥 outbox_tray=📤 email=✉️ envelope=✉️ e-mail=📧
incoming_envelope=📨 envelope_with_arrow=📩 memo=📝 pencil=📝 pencil2=✏️ page_facing_up=📄 page_with_curl=📃
bookmark=🔖 bookmark_tabs=📑 books=📚 book=📖 notebook=📓 ledger=📒 newspaper=📰 label=🏷️ moneybag=💰 dollar=💵
credit_card=💳 receipt=🧾 file_folder=📁 open_file_folder=📂 mag=🔍 mag_right=🔎 shield=🛡️ briefcase=💼
white_check_mark=✅ heavy_check_mark=✔️ ballot_box_with_check=☑️ x=❌ negative_squared_cross_mark=❎ heavy_plus_sign=➕
heavy_minus_sign=➖ question=❓ grey_question=❔ exclamation=❗ heavy_exclamation_mark=❗ grey_exclamation=❕ bangbang=‼️
interrobang=⁉️ warning=⚠️ no_entry=⛔ no_entry_sign=🚫 radioactive_sign=☢️ biohazard_sign=☣️ information_source=ℹ️
recycle=♻️ infinity=♾️ new=🆕 ok=🆗 sos=🆘 free=🆓 up=🆙 top=🔝 soon=🔜 end=🔚 back=🔙 on=🔛
arrow_up=⬆️ arrow_down=⬇️ arrow_left=⬅️ arrow_right=➡️ arrow_upper_right=↗️ arrow_lower_right=↘️ arrow_forward=▶️
arrow_backward=◀️ leftwards_arrow_with_hook=↩️ arrow_right_hook=↪️ arrows_counterclockwise=🔄 arrows_clockwise=🔃
repeat=🔁 fast_forward=⏩ rewind=⏪ double_vertical_bar=⏸️ black_square_for_stop=⏹️
red_circle=🔴 large_orange_circle=🟠 large_yellow_circle=🟡 large_green_circle=🟢 large_blue_circle=🔵
large_purple_circle=🟣 large_brown_circle=🟤 black_circle=⚫ white_circle=⚪ large_red_square=🟥 large_orange_square=🟧
large_yellow_square=🟨 large_green_square=🟩 large_blue_square=🟦 large_purple_square=🟪 black_large_square=⬛
white_large_square=⬜ large_orange_diamond=🔶 large_blue_diamond=🔷 small_orange_diamond=🔸 small_blue_diamond=🔹
small_red_triangle=🔺 small_red_triangle_down=🔻 radio_button=🔘 white_small_square=▫️ black_small_square=▪️
zero=0️⃣ one=1️⃣ two=2️⃣ three=3️⃣ four=4️⃣ five=5️⃣ six=6️⃣ seven=7️⃣ eight=8️⃣ nine=9️⃣ keycap_ten=🔟 hash=#️⃣
checkered_flag=🏁 triangular_flag_on_post=🚩 white_flag=🏳️ black_flag=🏴
`;

/** @type {Map<string, string>} */
const KNOWN = new Map(
  TABLE.trim()
    .split(/\s+/)
    .map((pair) => /** @type {[string, string]} */ (pair.split("="))),
);

/** The text with its `:shortcodes:` drawn; what is not known stays as it was typed. @param {string} text */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (typed, name) => KNOWN.get(name) ?? typed);
}
