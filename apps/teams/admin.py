"""Who belongs where, to look at: nobody is let into a room from here."""

from django.contrib import admin
from django.http import HttpRequest

from apps.teams.models import Membership, Organization, Team


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):
    list_display = ("name", "created_at")
    search_fields = ("name",)
    autocomplete_fields = ("admins",)


@admin.register(Team)
class TeamAdmin(ReadOnly):
    list_display = ("name", "organization", "slug", "archived_at")
    list_select_related = ("organization",)
    search_fields = ("name", "slug")


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    list_display = ("person", "team", "role", "joined_at")
    list_select_related = ("person", "team")
    list_filter = ("role",)
